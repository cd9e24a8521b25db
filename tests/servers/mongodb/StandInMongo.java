import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/**
 * A stand-in for MongoDB where no {@code mongod} is at hand: right under concurrency, but without transactions, sessions and
 * expiry, and no measure of MongoDB's speed.
 *
 * <p>Arguments: host, port, and either {@code memory} or the path of a data file.
 */
public final class StandInMongo {
    public static void main(String[] args) {
        if (args.length != 3) {
            System.err.println("usage: StandInMongo HOST PORT (memory | DATA-FILE)");
            System.exit(2);
        }
        H2Backend backend = args[2].equals("memory") ? H2Backend.inMemory() : new H2Backend(args[2]);
        backend.version(new ClaimedVersion());
        MongoServer server = new MongoServer(backend);
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind(args[0], Integer.parseInt(args[1]));
    }

    /** Drivers of today refuse a wire version below 9; the server can do what the tests need, but reports 8. */
    private static final class ClaimedVersion implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(5, 0, 0);
        }

        @Override
        public int getWireVersion() {
            return 13;
        }
    }

    private StandInMongo() {}
}
