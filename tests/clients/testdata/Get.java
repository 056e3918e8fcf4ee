import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Calls a URL in one of the ways that Java has, and prints the answer. */
public class Get {
    public static void main(String[] args) throws Exception {
        URI uri = URI.create(args[1]);
        switch (args[0]) {
            case "HttpURLConnection" -> {
                var c = (HttpURLConnection) uri.toURL().openConnection();
                c.setConnectTimeout(2000);
                System.out.print(new String(c.getInputStream().readAllBytes()));
            }
            case "HttpClient" -> {
                var client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
                System.out.print(client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString()).body());
            }
            case "Socket" -> {
                try (var s = new Socket()) {
                    s.connect(new InetSocketAddress(uri.getHost(), port(uri)), 2000);
                    s.getOutputStream().write(("GET / HTTP/1.0\r\nHost: a\r\n\r\n").getBytes());
                    System.out.print(new String(s.getInputStream().readAllBytes()));
                }
            }
            case "SocketChannel" -> SocketChannel.open(new InetSocketAddress(uri.getHost(), port(uri))).close();
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    static int port(URI uri) {
        return uri.getPort() < 0 ? 80 : uri.getPort();
    }
}
