import { once } from 'node:events';
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { TcpProxy } from './tcp-proxy.js';

let echo: Server;
/** The server's end of the newest connection. */
let server: Socket | undefined;
let heard: string;
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  heard = '';
  echo = createServer((socket) => {
    server = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      heard += chunk.toString();
      socket.write(chunk);
    });
  });
  await once(echo.listen(0, '127.0.0.1'), 'listening');
  proxy = await TcpProxy.open((echo.address() as AddressInfo).port);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  await new Promise((resolve) => echo.close(resolve));
});

/** A connection that says something at once, and what has come back. */
async function say(greeting: string) {
  const socket = createConnection(proxy.port, '127.0.0.1');
  clients.push(socket);
  const client = { socket, answer: '', error: '' };
  socket.on('data', (chunk) => (client.answer += chunk.toString()));
  socket.on('error', (error: NodeJS.ErrnoException) => (client.error = error.code ?? ''));
  await Promise.race([once(socket, 'connect'), once(socket, 'close').catch(() => undefined)]).catch(() => undefined);
  if (!socket.destroyed) socket.write(greeting);
  return client;
}

describe('a proxy', () => {
  it('in mode pass / passes bytes both ways', async () => {
    const client = await say('hello');
    await eventually(() => expect(client.answer).toBe('hello'));
  });

  it('in mode hold / keeps bytes until it passes again', async () => {
    await proxy.set('hold');
    const client = await say('held');
    const other = await say('too');
    expect([client.answer, other.answer, heard]).toEqual(['', '', '']);
    await proxy.set('pass');
    await eventually(() => expect([client.answer, other.answer]).toEqual(['held', 'too']));
  });

  it('in mode mute / loses answers for the life of a connection', async () => {
    await proxy.set('mute');
    const client = await say('heard');
    await eventually(() => expect(heard).toBe('heard'));
    await proxy.set('pass');
    const later = await say('answered');
    await eventually(() => expect(later.answer).toBe('answered'));
    expect(client.answer).toBe('');
  });

  it('in mode lose / loses bytes both ways for the life of a connection', async () => {
    await proxy.set('lose');
    const client = await say('lost');
    await proxy.set('pass');
    const later = await say('answered');
    await eventually(() => expect(later.answer).toBe('answered'));
    expect([client.answer, heard]).toEqual(['', 'answered']);
  });

  it('in mode refuse / resets and refuses connections until it passes again', async () => {
    const client = await say('hello');
    await eventually(() => expect(client.answer).toBe('hello'));
    await proxy.set('refuse');
    await eventually(() => expect(client.error).toBe('ECONNRESET'));
    const refused = await say('nobody');
    await eventually(() => expect(refused.error).toBe('ECONNREFUSED'));
    await proxy.set('pass');
    const later = await say('again');
    await eventually(() => expect(later.answer).toBe('again'));
  });

  it('in mode refuse / also resets a client whose server has closed a connection that lost bytes', async () => {
    const client = await say('hello');
    await eventually(() => expect(client.answer).toBe('hello'));
    await proxy.set('lose');
    const closed = once(server!, 'close');
    server!.destroy();
    await closed;
    expect(client.socket.destroyed).toBe(false);
    await proxy.set('refuse');
    await eventually(() => expect(client.error).toBe('ECONNRESET'));
    expect(proxy.pull()).toBe(0);
  });

  it('when a connection is pulled / loses its bytes and notifies neither end', async () => {
    const [relay, other] = [await say('relay'), await say('other')];
    await eventually(() => expect([relay.answer, other.answer]).toEqual(['relay', 'other']));
    expect(proxy.pull('relay')).toBe(1);
    relay.socket.write('!');
    other.socket.write('!');
    await eventually(() => expect(other.answer).toBe('other!'));
    expect([relay.answer, relay.error, relay.socket.destroyed]).toEqual(['relay', '', false]);
  });
});
