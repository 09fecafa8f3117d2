const MECHANISMS = { scramSha512: 'SCRAM-SHA-512', scramSha256: 'SCRAM-SHA-256', plain: 'PLAIN, over TLS alone' };

/** Ways in which a cluster may authenticate a subscriber. */
export const SECURITY_SCHEMES = Object.fromEntries(
  Object.entries(MECHANISMS).map(([type, description]) => [type, { type, description: `SASL ${description}.` }]),
);

/** An example address and the local one: real addresses belong to the cluster's operator, and this document is public. */
export const asyncApiServers = {
  cluster: {
    host: '{broker}',
    protocol: 'kafka-secure',
    description:
      'TLS and SASL as the cluster has them; read rights are given per topic. Fetch sizes of 2 MiB at least, `auto.offset.reset=earliest`; `read_committed` is not needed.',
    variables: { broker: { description: 'A broker that your operator names, as host:port.', default: 'kafka.example:9093' } },
    security: Object.keys(MECHANISMS).map((name) => ({ $ref: `#/components/securitySchemes/${name}` })),
  },
  local: { host: 'localhost:9092', protocol: 'kafka', description: 'The broker of `npm start`.' },
};
