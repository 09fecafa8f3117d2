import { createConnection, type Socket } from 'node:net';

/** An HTTP answer. */
export interface Answer {
  status: number;
  head: string;
  body: string;
}

const HEAD_END = '\r\n\r\n';

/** One HTTP/1.1 connection on the bare socket. A cheap client leaves more of the machine to the measured apps. */
export class Connection {
  private received: Buffer = Buffer.alloc(0);
  private waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.receive(chunk));
    socket.on('error', (error) => this.waiting?.reject(error));
    socket.on('close', () => this.waiting?.reject(new Error('The connection was closed before the answer came.')));
  }

  static async open(port: number): Promise<Connection> {
    const socket = createConnection(port, '127.0.0.1');
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Connection(socket);
  }

  /** Sends a request; the next one only after its answer. */
  post(path: string, token: string, body: string, headers = ''): Promise<Answer> {
    const length = Buffer.byteLength(body);
    return this.send('POST', path, token, `${headers}Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`);
  }

  /** Sends a request with another method and a JSON body, or without one; the next one only after its answer. */
  request(method: string, path: string, token: string, body?: object): Promise<Answer> {
    if (body === undefined) return this.send(method, path, token, '\r\n');
    const text = JSON.stringify(body);
    const length = Buffer.byteLength(text);
    return this.send(method, path, token, `Content-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${text}`);
  }

  /** Sends a request; the next one only after its answer. */
  get(path: string, token: string): Promise<Answer> {
    return this.send('GET', path, token, '\r\n');
  }

  private send(method: string, path: string, token: string, rest: string): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.waiting = { resolve, reject };
      this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${rest}`);
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private receive(chunk: Buffer): void {
    this.received = this.received.length === 0 ? chunk : Buffer.concat([this.received, chunk]);
    const headLength = this.received.indexOf(HEAD_END);
    if (headLength === -1) return;
    const head = this.received.toString('latin1', 0, headLength);
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.waiting?.reject(new Error('The answer has no Content-Length.'));
    const start = headLength + HEAD_END.length;
    const end = start + Number(length);
    if (this.received.length < end) return;
    const body = this.received.toString('utf8', start, end);
    this.received = this.received.subarray(end);
    this.waiting?.resolve({ status: Number(head.slice(9, 12)), head, body });
  }
}
