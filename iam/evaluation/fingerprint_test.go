package evaluation

import "testing"

func TestAFingerprintFollowsWhatADocumentSaysAndNotHowItIsWritten(t *testing.T) {
	one := Fingerprint(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":["*"]}]}`)
	if again := Fingerprint("{\n \"Statement\": [{\"Resource\":[\"*\"], \"Action\":[\"s3:GetObject\"], \"Effect\":\"Allow\"}],\n \"Version\": \"2012-10-17\"}"); again != one {
		t.Errorf("the same document has %s and %s", one, again)
	}
	if other := Fingerprint(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject"],"Resource":["*"]}]}`); other == one {
		t.Error("another action has the same fingerprint")
	}
	if Fingerprint("") != "" || Fingerprint("no JSON") == "" {
		t.Error("the empty text alone has none")
	}
}
