// A client that says three messages over TLS, of the JDK alone, in the folder of the certificates.
import java.io.FileInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

public class Client {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (FileInputStream file = new FileInputStream("ca.pem")) {
            store.setCertificateEntry("tests", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
        WebSocket.Listener listener = new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
                heard.add(text.toString());
                socket.request(1);
                return null;
            }

            @Override
            public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
                heard.add("closed");
                return null;
            }
        };
        WebSocket socket = HttpClient.newBuilder().sslContext(context).build().newWebSocketBuilder()
            .buildAsync(URI.create("wss://localhost:4443/"), listener).join();
        for (String text : new String[] {"first", "second", "third"}) {
            socket.sendText(text, true).join();
            heard.take();
        }
        socket.sendClose(1000, "").join();
        heard.take();
        System.exit(0);
    }
}
