import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.*;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A projection of the contacts topic: contacts with an email, by contact id. The greatest version of each contact wins, whatever records
 * come, how often, and from which start. A database stores the version and the member in one transaction.
 *
 * <p>MailingList localhost:9092 contact-sync.contacts.v1 reads the topic to its present end and prints the list as JSON.
 */
public class MailingList {
  record Member(String name, String email) {}

  static final Set<String> KNOWN = Set.of("ContactCreated", "ContactUpdated", "ContactDeleted");
  static final Pattern TYPE = Pattern.compile("contact-sync\\.([A-Za-z]+)\\.v(\\d+)");
  static final ObjectMapper JSON = new ObjectMapper();

  final Map<Long, Member> members = new TreeMap<>();
  final Map<Long, Long> versions = new HashMap<>(); // also of deleted contacts, so that a late repetition does not bring one back

  void apply(ConsumerRecord<String, String> event) throws Exception {
    var type = TYPE.matcher(header(event, "ce_type"));
    if (event.value() == null || !type.matches() || !KNOWN.contains(type.group(1))) return;
    if (!type.group(2).equals("1")) throw new IllegalStateException("No reader here for " + type.group());
    JsonNode data = JSON.readTree(event.value());
    long id = data.required("contact_id").longValue(), version = data.required("version").longValue();
    if (!event.key().equals(String.valueOf(id))) throw new IllegalStateException("key: must be the contact id");
    if (version <= versions.getOrDefault(id, 0L)) return;
    JsonNode contact = data.path("contact"); // missing in ContactDeleted
    if (contact.path("email").isTextual()) members.put(id, new Member(contact.path("full_name").asText(""), contact.get("email").asText()));
    else members.remove(id);
    versions.put(id, version);
  }

  static String header(ConsumerRecord<?, ?> event, String name) {
    var header = event.headers().lastHeader(name);
    return header == null ? "" : new String(header.value());
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 2) throw new IllegalArgumentException("Usage: MailingList localhost:9092 contact-sync.contacts.v1");
    Map<String, Object> settings = Map.of(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0],
        ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class,
        ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, StringDeserializer.class,
        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest", // where retention has removed the next record, the oldest one follows
        ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 2 * 1024 * 1024);
    var list = new MailingList();
    try (var consumer = new KafkaConsumer<String, String>(settings)) {
      var partitions = consumer.partitionsFor(args[1]).stream().map(each -> new TopicPartition(args[1], each.partition())).toList();
      if (partitions.isEmpty()) throw new IllegalStateException("There is no topic " + args[1]);
      consumer.assign(partitions); // no group: the list is lost with the process, so each start reads from the beginning
      consumer.seekToBeginning(partitions);
      var ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(each -> consumer.position(each) < ends.get(each)))
        for (var event : consumer.poll(Duration.ofSeconds(1))) list.apply(event);
    }
    System.out.println(JSON.writeValueAsString(list.members));
  }
}
