package enrol

import (
	"strings"
	"testing"
)

func TestCredentialsAreKnownByNameAndValue(t *testing.T) {
	for name, values := range map[string][]string{
		"DB_PASSWORD": {"hunter2", "12345", "99999999"}, "password": {"hunter2"}, "STRIPE_API_KEY": {"x1"}, "AUTH_TOKEN": {"abc", "8812"}, "AWS_SECRET_ACCESS_KEY": {"wJalr"},
		"app.secret": {"s3"}, "DB_PASS": {"hunter2"}, "REDIS_PASS": {"x"}, "MYSQL_PWD": {"x"}, "PGPASSWORD": {"hunter2"}, "SECRET_KEY_BASE": {"0f3c9a"}, "APP_KEY": {"base64:Zm9v"},
		"ENCRYPTION_KEY": {"k"}, "JWT_SIGNING_KEY": {"k"}, "dbPassword": {"hunter2"}, "DBPassword": {"x"}, "smtpPass": {"x"}, "apiKey": {"x"}, "clientSecret": {"x"}, "DB_PASSWORD_2": {"x"},
		"API_KEY_V2": {"x"}, "MASTER_KEY_OLD": {"x"}, "AUTH_TOKEN_SECRET": {"Zx81-Q"}, "Spring__Datasource__Password": {"x"}, "MAX_PASSWORD": {"hunter2"},
		"ANYTHING": {
			"AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijklmnopqrstuvwxyz", "-----BEGIN EC PRIVATE KEY-----\n", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.x",
			"postgres://app:hunter2@db/app", "jdbc:postgresql://app:hunter2@db/app", "Server=db;User Id=app;Password=P4ssw0rd;", "Server=db; PWD = P4ss", "jdbc:mysql://db/app?user=a&password=hunter2",
			"AccountName=a;AccountKey=Zm9v", "host=db user=a password=hunter2", "AIza0123456789abcdefghijklmnopqrstuvwxyz", "glpat-0123456789abcdefghij", "rk_live_1",
		},
		"GOOGLE_KEY": {"AIza0123456789abcdefghijklmnopqrstuvwxyz"}, "NEXT_PUBLIC_SETTINGS": {"AKIAIOSFODNN7EXAMPLE"},
	} {
		for _, value := range values {
			if !LooksConfidential(name, value) {
				t.Errorf("%s=%s passes", name, value)
			}
		}
	}
	for name, values := range map[string][]string{
		"DB_PASSWORD": {"", "/run/secrets/db", "$DB_PASSWORD", "${PASSWORD}", "arn:aws:ssm:eu-central-1:1:parameter/a"}, "DB_PASSWORD_FILE": {"/run/secrets/db"}, "TOKEN_URL": {"https://login.example/token"},
		"SECRET": {"arn:aws:secretsmanager:eu-central-1:1:secret:a"}, "USE_TOKEN": {"true", "1", "Off"}, "API_KEY": {"/run/key"}, "MAX_TOKEN": {"4096", "200000"}, "TOKEN_TTL": {"3600"},
		"PASSWORD_MIN_LENGTH": {"12"}, "CSRF_TOKEN": {"X-CSRF"}, "DB_PASSWORD_SECRET": {"orders-db", "prod/orders/db"}, "NEXT_PUBLIC_API_KEY": {"abc"}, "VITE_APP_KEY": {"abc"},
		"DATABASE_URL": {"postgres://db/app", "postgres://app:${DB_PASSWORD}@db/app", "postgres://app:$PASS@db/app"}, "CONNECTION": {"Server=db;Password=${PASSWORD}", "Server=db;Integrated Security=true"},
		"TOKENIZER": {"bpe"}, "LOG_LEVEL": {"info"}, "SECRET_NAME": {"orders"}, "PARTITION_KEY": {"id"}, "CACHE_KEY": {"orders"}, "KEY": {"x"}, "BYPASS": {"maybe"}, "COMPASS": {"north"},
		"KEYCLOAK_URL": {"https://login.example"}, "MONKEY": {"x"}, "PUBLIC_KEY": {"ssh-ed25519 AAAA"}, "2": {"x"}, "_": {"x"},
	} {
		for _, value := range values {
			if LooksConfidential(name, value) {
				t.Errorf("%s=%s is refused", name, value)
			}
		}
	}
}

func TestCredentialsAreToldWithoutTheirValues(t *testing.T) {
	d := parse(t, strings.Replace(with(addService, ""), `"name": "MODE"`, `"name": "DB_PASSWORD"`, 1))
	err := Credentials(d).Err()
	if err == nil || !strings.Contains(err.Error(), "containerDefinitions[0].environment[0]: DB_PASSWORD looks like a credential") || strings.Contains(err.Error(), "live") {
		t.Errorf("got %v", err)
	}
	if found := Credentials(d, "OTHER", "DB_PASSWORD"); len(found) > 0 {
		t.Errorf("what is meant is told: %v", found)
	}
}
