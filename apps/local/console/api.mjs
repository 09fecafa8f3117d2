/** Calls the console's server. @throws {Error} with its message */
async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  const answer = text === '' ? null : JSON.parse(text);
  if (response.status === 401) location.assign('/enter');
  if (!response.ok) throw new Error(answer?.message ?? `The console answered ${response.status}.`);
  return answer;
}

export const get = (path) => call('GET', path);
export const post = (path, body = {}) => call('POST', path, body);

const listeners = [];

/** Calls back with each message of this name. To be called before {@link openLive}. */
export const onLive = (name, act) => listeners.push([name, ({ data }) => act(JSON.parse(data))]);

const REOPEN_MS = 2_000;

/** Opens the stream of messages, once everything listens: its first messages are what the page begins with. */
export function openLive(onConnection) {
  const source = new EventSource('/api/live');
  for (const [name, listener] of listeners) source.addEventListener(name, listener);
  source.addEventListener('open', () => onConnection(true));
  source.addEventListener('error', () => {
    onConnection(false);
    // A browser gives up where the answer is no stream: the session is over, or the console is just starting.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => void reopenLive(onConnection), REOPEN_MS);
  });
}

/** Asks for something else first: an answer of 401 leads to the form for the token. */
const reopenLive = (onConnection) =>
  get('/api/info').then(
    () => openLive(onConnection),
    () => setTimeout(() => void reopenLive(onConnection), REOPEN_MS),
  );
