import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

interface FakeNode {
  content: string;
  version: number;
  readonly czxid: number;
  /** The session that made it; 0: it stays when that ends. */
  readonly owner: number;
}

const ok = 0;
const noNode = -101;
const nodeExists = -110;
const password = Buffer.alloc(16, 7);

/**
 * Answers as a ZooKeeper server does, as far as the node's programs ask; the real one runs in the lab. Sessions live
 * until they are closed or `expire` is called.
 */
export class FakeZooKeeper {
  readonly nodes = new Map<string, FakeNode>();
  /** What was asked, such as `get /controller`, in its order. */
  readonly requests: string[] = [];
  /** Called before each request is carried out; `false` closes the connection instead. */
  before: (request: string) => boolean = () => true;
  private readonly server: Server = createServer((socket) => this.serve(socket));
  private readonly sessions = new Set<number>();
  private readonly sockets = new Set<Socket>();
  private lastSession = 100;
  private lastZxid = 1000;

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }

  /** What a broker writes when it registers, and when it becomes the controller. */
  register(id: number, endpoint: string, timestamp: number, owner = 1): void {
    this.put(
      `/brokers/ids/${id}`,
      { endpoints: [`PLAINTEXT://${endpoint}`], timestamp: String(timestamp), version: 5 },
      owner,
    );
  }

  elect(id: number, timestamp: number, owner = 1): void {
    this.put(
      "/controller",
      { version: 2, brokerid: id, timestamp: String(timestamp), kraftControllerEpoch: -1 },
      owner,
    );
  }

  put(path: string, content: unknown, owner = 0): void {
    this.nodes.set(path, { content: JSON.stringify(content), version: 0, czxid: ++this.lastZxid, owner });
  }

  expire(session: number): void {
    this.sessions.delete(session);
    for (const [path, node] of this.nodes) if (node.owner === session) this.nodes.delete(path);
  }

  expireAll(): void {
    for (const session of [...this.sessions]) this.expire(session);
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(socket: Socket): void {
    let session = 0;
    let received = Buffer.alloc(0);
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      received = Buffer.concat([received, data]);
      while (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        const message = new Reader(received.subarray(4, 4 + received.readInt32BE(0)));
        received = received.subarray(4 + received.readInt32BE(0));
        if (session === 0) {
          session = this.connect(socket, message);
        } else {
          this.request(socket, session, message);
        }
      }
    });
  }

  private connect(socket: Socket, message: Reader): number {
    message.int();
    message.long();
    const timeoutMs = message.int();
    const asked = message.long();
    const session = asked === 0 ? ++this.lastSession : asked;
    if (asked === 0) this.sessions.add(session);
    const lives = this.sessions.has(session);
    send(socket, int(0), int(lives ? timeoutMs : 0), long(lives ? session : 0), buffer(password), Buffer.from([0]));
    return session;
  }

  private request(socket: Socket, session: number, message: Reader): void {
    const xid = message.int();
    const type = message.int();
    const answer = this.carryOut(session, type, message);
    if (answer === "hang up") {
      socket.destroy();
    } else {
      send(socket, int(xid), long(this.lastZxid), int(answer.code), ...answer.body);
    }
  }

  private carryOut(session: number, type: number, message: Reader): Answer | "hang up" {
    const name = {
      1: "create",
      2: "delete",
      4: "get",
      5: "set",
      11: "ping",
      12: "children",
      14: "multi",
      [-11]: "close",
    }[type];
    const path = [1, 2, 4, 5, 12].includes(type) ? message.text() : "";
    const deleted = type === 14 ? readDeletes(message) : [];
    const request = [name ?? `type ${type}`, path, ...deleted].filter((word) => word !== "").join(" ");
    this.requests.push(request);
    if (!this.before(request)) return "hang up";
    const node = this.nodes.get(path);
    switch (type) {
      case 1: {
        const content = message.buffer().toString();
        message.skipAcl();
        if (node) return { code: nodeExists, body: [] };
        const owner = message.int() === 1 ? session : 0;
        this.nodes.set(path, { content, version: 0, czxid: ++this.lastZxid, owner });
        return { code: ok, body: [buffer(Buffer.from(path))] };
      }
      case 2:
        return { code: this.nodes.delete(path) ? ok : noNode, body: [] };
      case 4:
        return node ? { code: ok, body: [buffer(Buffer.from(node.content)), stat(node)] } : { code: noNode, body: [] };
      case 5:
        if (!node) return { code: noNode, body: [] };
        node.content = message.buffer().toString();
        node.version++;
        return { code: ok, body: [stat(node)] };
      case 12:
        return this.children(path);
      case 14:
        return this.deleteAll(deleted);
      case -11:
        this.expire(session);
        return { code: ok, body: [] };
      default:
        return { code: ok, body: [] };
    }
  }

  private children(path: string): Answer {
    const names = [...this.nodes.keys()].flatMap((key) =>
      key.startsWith(`${path}/`) && !key.slice(path.length + 1).includes("/") ? [key.slice(path.length + 1)] : [],
    );
    // The real one counts; here any change of the children is a change of this number.
    const pzxid = names.reduce((sum, name) => sum * 31 + (this.nodes.get(`${path}/${name}`)?.czxid ?? 0), 7) % 2 ** 40;
    const node = { content: "", version: 0, czxid: 1, owner: 0 };
    return {
      code: ok,
      body: [int(names.length), ...names.map((name) => buffer(Buffer.from(name))), stat(node, pzxid)],
    };
  }

  private deleteAll(paths: readonly string[]): Answer {
    const missing = paths.findIndex((path) => !this.nodes.has(path));
    const end = [int(-1), Buffer.from([1]), int(-1)];
    if (missing >= 0) {
      const errors = paths.flatMap((_, index) => {
        const code = index < missing ? 0 : index === missing ? noNode : -2;
        return [int(-1), Buffer.from([0]), int(code), int(code)];
      });
      return { code: ok, body: [...errors, ...end] };
    }
    for (const path of paths) this.nodes.delete(path);
    return { code: ok, body: [...paths.flatMap(() => [int(2), Buffer.from([0]), int(0)]), ...end] };
  }
}

interface Answer {
  readonly code: number;
  readonly body: readonly Buffer[];
}

class Reader {
  private offset = 0;
  constructor(private readonly data: Buffer) {}
  int(): number {
    this.offset += 4;
    return this.data.readInt32BE(this.offset - 4);
  }
  long(): number {
    this.offset += 8;
    return Number(this.data.readBigInt64BE(this.offset - 8));
  }
  byte(): number {
    return this.data.readUInt8(this.offset++);
  }
  buffer(): Buffer {
    const length = this.int();
    this.offset += length;
    return this.data.subarray(this.offset - length, this.offset);
  }
  skipAcl(): void {
    for (let count = this.int(); count > 0; count--) {
      this.int();
      this.buffer();
      this.buffer();
    }
  }
  text(): string {
    return this.buffer().toString();
  }
}

function readDeletes(message: Reader): string[] {
  const paths: string[] = [];
  for (;;) {
    message.int();
    const done = message.byte() === 1;
    message.int();
    if (done) return paths;
    paths.push(message.text());
    message.int();
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function long(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

function buffer(value: Buffer): Buffer {
  return Buffer.concat([int(value.length), value]);
}

function stat({ czxid, version, owner, content }: FakeNode, pzxid = czxid): Buffer {
  const counts = [int(version), int(0), int(0), long(owner), int(content.length), int(0)];
  return Buffer.concat([long(czxid), long(czxid), long(0), long(0), ...counts, long(pzxid)]);
}

function send(socket: Socket, ...parts: readonly Buffer[]): void {
  socket.write(buffer(Buffer.concat(parts)));
}
