// The server, by fetch: same origin, JSON, a CSRF token with each POST.

/** No answer came: no connection, or it took too long. */
export class Offline extends Error {}

/** The server said no, in one sentence. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Seconds after which to try again; 0: not said. */
    readonly after = 0,
  ) {
    super(message);
  }
}

const PATIENCE = 20_000;

export class Api {
  csrf = "";
  /** Server's clock minus ours, in seconds. */
  private ahead = 0;

  /** Seconds since the epoch, by the server's clock. */
  now(): number {
    return Date.now() / 1000 + this.ahead;
  }

  get<T>(path: string): Promise<T> {
    return this.call<T>("GET", path);
  }

  /** POSTs; a CSRF token that went stale (the server was restarted) is fetched anew, once. */
  async post<T>(path: string, body: unknown = {}): Promise<T> {
    try {
      return await this.call<T>("POST", path, body);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 403 || this.csrf === "") throw error;
      const stale = this.csrf;
      this.csrf = (await this.get<{ csrf: string }>("/api/me")).csrf;
      if (this.csrf === stale) throw error;
      return this.call<T>("POST", path, body);
    }
  }

  private async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (method === "POST" && this.csrf !== "") headers["X-CSRF"] = this.csrf;
    let response: Response;
    let text: string;
    try {
      response = await fetch(path, {
        method,
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "same-origin",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE),
      });
      text = await response.text();
    } catch {
      throw new Offline("no connection to the server");
    }
    const date = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(date)) this.ahead = (date - Date.now()) / 1000;
    const said = parsed(text);
    if (response.ok) return said as T;
    const after = Number(response.headers.get("Retry-After") ?? 0);
    throw new Refused(response.status, sentence(said, response.status), Number.isFinite(after) ? after : 0);
  }
}

function parsed(text: string): unknown {
  try {
    return text === "" ? {} : JSON.parse(text);
  } catch {
    return {};
  }
}

function sentence(said: unknown, status: number): string {
  const error = (said as { error?: unknown } | null)?.error;
  return typeof error === "string" ? error : `The server answered ${status}, without a reason.`;
}
