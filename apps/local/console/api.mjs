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

const source = new EventSource('/api/live');

/** Calls back with each message of this name. */
export function onLive(name, act) {
  source.addEventListener(name, ({ data }) => act(JSON.parse(data)));
}

export const whenConnection = (act) => {
  source.addEventListener('open', () => act(true));
  source.addEventListener('error', () => act(false));
};
