import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** In which zone this machine is. */
public final class Zone {
  private static final Duration LIMIT = Duration.ofSeconds(1);

  private Zone() {}

  /**
   * The availability zone of this EC2 instance, which is the brokers' `broker.rack`: the variable ZONE, or what the
   * instance metadata say; null elsewhere. From another account it may have another name (zone.ts).
   */
  public static String ofThisMachine() {
    String given = System.getenv("ZONE");
    if (given != null) {
      return given;
    }
    try {
      String token = ask("api/token", "PUT", "x-aws-ec2-metadata-token-ttl-seconds", "60");
      return ask("meta-data/placement/availability-zone", "GET", "x-aws-ec2-metadata-token", token);
    } catch (IOException elsewhere) {
      return null;
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      return null;
    }
  }

  private static String ask(String path, String method, String header, String value)
      throws IOException, InterruptedException {
    String endpoint = System.getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    String service = endpoint == null ? "http://169.254.169.254" : endpoint;
    HttpClient client =
        HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(LIMIT).build();
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(service + "/latest/" + path))
            .timeout(LIMIT)
            .header(header, value)
            .method(method, BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(path + ": " + answer.statusCode());
    }
    return answer.body();
  }
}
