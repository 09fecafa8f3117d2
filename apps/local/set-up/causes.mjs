/** What the output of npm and Maven shows of a cause, and what to do about it. The first that fits counts. */
const CAUSES = [
  [/.*(?:ENOSPC|No space left on device).*/i, () => 'The disk is full. Make room, then start again.'],
  [
    /.*(?:\bE40[137]\b|\b(?:401|403|407)\b.*(?:Unauthorized|Forbidden|Authentication|authori[sz]|Proxy)|(?:Unauthorized|Forbidden).*\b40[137]\b|status code: 40[137]).*/,
    ({ registry, settings }) =>
      `${registry} refuses this machine or its user. Look at the address and the token in ${settings}, then start again.`,
  ],
  [
    /.*(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ECONNRESET|ERR_SOCKET_TIMEOUT|Connection refused|Unknown host|UnknownHostException|No route to host|Network is unreachable|timed out|Temporary failure in name resolution).*/i,
    ({ registry, settings }) =>
      `${registry} can't be reached. Is this machine online, and does it need a proxy or a mirror (${settings})? Then start again. Later starts need no network.`,
  ],
  [
    /.*(?:UNABLE_TO_GET_ISSUER_CERT|SELF_SIGNED_CERT|CERT_|PKIX path building failed).*/,
    ({ registry }) =>
      `${registry} has a certificate that is not known here: a proxy's own CA goes into NODE_EXTRA_CA_CERTS and into Java's trust store.`,
  ],
];

/**
 * The cause that a log shows, with the line that shows it; undefined if none is known.
 * @param {string} log
 * @param {{ registry: string, settings: string }} source where the downloads come from, and what names it
 */
export function causeIn(log, source) {
  for (const [pattern, remedy] of CAUSES) {
    const line = pattern.exec(log)?.[0].trim().slice(0, 300);
    if (line) return `${remedy(source)}\n${line}`;
  }
  return undefined;
}

export const NPM = { registry: 'The npm registry', settings: '~/.npmrc' };
export const MAVEN = { registry: 'Maven Central, or its mirror,', settings: '~/.m2/settings.xml' };
