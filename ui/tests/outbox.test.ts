import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Offline, Refused } from "../src/api";
import { Outbox } from "../src/outbox";
import type { Entry, Outcome, Place } from "../src/outbox";
import type { Receipt } from "../src/wire";

class Shelf implements Place {
  readonly kept = new Map<string, string>();
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

const yes = (lease: string): Entry => ({ lease, value: { choice: "yes" }, seconds: 2 });

/** A server that keeps the first answer to a lease, behind a wire that fails as `plan` says: before or after it is heard. */
class Server {
  readonly kept = new Map<string, Entry>();
  heard = 0;
  constructor(public plan: ("ok" | "lost" | "cut" | Refused)[] = []) {}
  send = async (entry: Entry): Promise<Receipt> => {
    const fate = this.plan.shift() ?? "ok";
    await Promise.resolve();
    if (fate === "cut") throw new Offline("cut");
    if (fate instanceof Refused) throw fate;
    this.heard++;
    const state = this.kept.has(entry.lease) ? "already" : "kept";
    if (state === "kept") this.kept.set(entry.lease, entry);
    if (fate === "lost") throw new Offline("lost");
    return { state };
  };
}

describe("answers on their way", () => {
  let shelf: Shelf;
  let outcomes: Outcome[];
  beforeEach(() => {
    vi.useFakeTimers();
    shelf = new Shelf();
    outcomes = [];
  });
  afterEach(() => vi.useRealTimers());
  const box = (server: Server): Outbox => new Outbox(server.send, shelf, (outcome) => outcomes.push(outcome));

  it("arrive in order, and nothing of them stays", async () => {
    const server = new Server();
    const outbox = box(server);
    for (const lease of ["a", "b", "c"]) outbox.add(yes(lease));
    await vi.runAllTimersAsync();
    expect([...server.kept.keys()]).toEqual(["a", "b", "c"]);
    expect(outcomes.map((one) => one.entry.lease)).toEqual(["a", "b", "c"]);
    expect(shelf.kept.size).toBe(0);
  });

  it("arrive once, whatever is cut before or after the server has heard", async () => {
    const fates = ["ok", "lost", "cut"] as const;
    for (let plan = 0; plan < 3 ** 6; plan++) {
      const server = new Server(Array.from({ length: 6 }, (_, at) => fates[Math.floor(plan / 3 ** at) % 3]!));
      outcomes = [];
      const outbox = box(server);
      for (const lease of ["a", "b", "c"]) outbox.add(yes(lease));
      await vi.runAllTimersAsync();
      expect([...server.kept.keys()]).toEqual(["a", "b", "c"]);
      expect(outcomes.map((one) => one.entry.lease)).toEqual(["a", "b", "c"]);
      expect([outbox.waiting, shelf.kept.size, outbox.cut]).toEqual([0, 0, false]);
    }
  });

  it("survive the page: a new one sends what the old one had", async () => {
    const dead = new Server(Array.from({ length: 50 }, () => "cut" as const));
    const first = box(dead);
    first.add(yes("a"));
    first.add({ lease: "b", skip: true });
    await vi.advanceTimersByTimeAsync(5000);
    expect([first.waiting, first.cut]).toEqual([2, true]);
    const server = new Server();
    const second = box(server);
    expect(second.leases).toEqual(["a", "b"]);
    await second.pump();
    expect([...server.kept.values()]).toEqual([yes("a"), { lease: "b", skip: true }]);
  });

  it("hold lease and answer only while they wait", () => {
    box(new Server(["cut"])).add(yes("a"));
    expect([...shelf.kept.values()]).toEqual(['[{"lease":"a","value":{"choice":"yes"},"seconds":2}]']);
  });

  it("can be taken back before they leave, not after", async () => {
    const server = new Server(["cut"]);
    const outbox = box(server);
    outbox.add(yes("a"));
    expect(outbox.take("a")).toBeNull();
    await vi.advanceTimersByTimeAsync(1);
    expect(outbox.take("a")).toEqual(yes("a"));
    expect(outbox.take("a")).toBeNull();
    await vi.runAllTimersAsync();
    expect(server.kept.size).toBe(0);
  });

  it("that the server refuses for good are told of, and do not hold up the others", async () => {
    const server = new Server([new Refused(409, "gone")]);
    const outbox = box(server);
    outbox.add(yes("a"));
    outbox.add(yes("b"));
    await vi.runAllTimersAsync();
    expect(outcomes.map((one) => ("error" in one ? one.error.message : one.receipt.state))).toEqual(["gone", "kept"]);
    expect(outbox.waiting).toBe(0);
  });

  it("wait as long as a busy server asks", async () => {
    const server = new Server([new Refused(429, "slow down", 30), new Refused(503, "busy")]);
    const outbox = box(server);
    outbox.add(yes("a"));
    await vi.advanceTimersByTimeAsync(29_000);
    expect([server.kept.size, outbox.cut]).toEqual([0, false]);
    await vi.advanceTimersByTimeAsync(4000);
    expect(server.kept.size).toBe(1);
  });

  it("stay when the session is over, and nothing more is sent", async () => {
    const server = new Server([new Refused(401, "no session")]);
    const outbox = box(server);
    outbox.add(yes("a"));
    await vi.runAllTimersAsync();
    outbox.add(yes("b"));
    await vi.runAllTimersAsync();
    expect([outbox.shut, outbox.waiting, server.heard, outcomes.length]).toEqual([true, 2, 0, 0]);
    expect(shelf.kept.size).toBe(1);
  });

  it("a shelf of nonsense is an empty one", () => {
    for (const nonsense of ["{", "3", "null", '[{"value":1},7,null]']) {
      shelf.setItem("overpaint.outbox", nonsense);
      expect(box(new Server()).waiting).toBe(0);
    }
  });
});
