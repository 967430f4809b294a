// The maintainer: how far it is, links, the people who answer and how far they are trusted, auditors, events, settings.

import type { Api } from "./api";
import { button, h } from "./dom";
import { grantForm, linkForm, settingsForm } from "./forms";
import { sentence } from "./pages";
import { ask } from "./prompts";
import type { Shell } from "./shell";
import { progressOf } from "./summary";
import { fieldsOf, isRow, plain, table } from "./tables";
import type { Row } from "./tables";

type Tab = "Progress" | "Links" | "People" | "Auditors" | "Events" | "Settings";
const TABS: readonly Tab[] = ["Progress", "Links", "People", "Auditors", "Events", "Settings"];
const PERSON = "pseudonym role state reason noticed answered median_seconds hourly_pay agreement trust sensitive_today since".split(" ");
/** Pages of a long list that are read to find all of it. */
const MOST_PAGES = 50;

interface Room {
  readonly api: Api;
  readonly shell: Shell;
  /** POSTs, shows the page anew and says `words`. */
  act(path: string, body: Row, words: string): Promise<void>;
}

export async function maintaining(api: Api, shell: Shell, review: () => void, tab: Tab = "Progress"): Promise<void> {
  const go = (to: Tab): Promise<void> => maintaining(api, shell, review, to);
  shell.heading("Maintainer");
  shell.menu(["Answer questions", "", review]);
  const act = async (path: string, body: Row, words: string): Promise<void> => {
    try {
      await api.post(`/api/maintain/${path}`, body);
      await go(tab);
      shell.say(words);
    } catch (error) {
      shell.say(sentence(error), 8);
    }
  };
  let content: Node[];
  try {
    content = await PAGES[tab]({ api, shell, act });
  } catch (error) {
    content = [h("p", { role: "alert" }, sentence(error)), button("Try again", "", () => void go(tab))];
  }
  const buttons = TABS.map((one) => button(one, "", () => void go(one), { "aria-current": one === tab ? "page" : null }));
  const heading = h("h1", { tabindex: "-1" }, tab);
  shell.show(tab, "maintain", h("nav", { class: "tabs", "aria-label": "maintainer's pages" }, ...buttons), heading, ...content);
  heading.focus({ preventScroll: true });
}

const PAGES: Record<Tab, (room: Room) => Promise<Node[]>> = {
  Progress: async ({ api }) => [progressOf(await api.get<Row>("/api/maintain/summary"))],
  Links: async ({ api, shell, act }) => {
    const { links } = await api.get<{ links: Row[] }>("/api/maintain/links");
    const revoke = (row: Row): Node | null =>
      row["live"] !== true ? null : button("Revoke", "", () => void act("revoke", { link: row["id"] }, "Revoked: its sessions have ended."), { class: "tool" });
    return [h("section", { class: "card" }, h("h2", {}, "A new link"), linkForm(api, shell)), table("Links", links, fieldsOf(links), revoke)];
  },
  People: async ({ api, act }) => [
    await paged(api, "workers", (rows) => table("People who answer", rows, PERSON, (row) => person(row, act))),
  ],
  Auditors: async ({ api, shell, act }) => {
    const auditors = (await all(api, "workers")).filter((row) => row["role"] === "auditor");
    const requests = (await all(api, "events")).filter((row) => row["event"] === "audit-request").map(request);
    const grant = (row: Row): Node =>
      button(
        "Grant for a day",
        "",
        () => void act("grant", { auditor: row["auditor"], sample: row["sample"], hours: 24, reason: row["reason"] }, "Granted."),
        { class: "tool" },
      );
    return [
      table("Requests", requests.reverse(), ["sample", "reason", "by", "at"], grant),
      h("section", { class: "card" }, h("h2", {}, "Let an auditor see one picture"), grantForm(api, shell, auditors)),
    ];
  },
  Events: async ({ api }) => [
    await paged(api, "events", (rows) =>
      table(
        "Events",
        rows.map((row) => ({ ...row, who: isRow(row["who"]) ? row["who"]["pseudonym"] : null })),
        ["at", "event", "who", "what"],
      ),
    ),
  ],
  Settings: async ({ api, act }) => {
    const settings = await api.get<Row>("/api/maintain/settings");
    return [h("section", { class: "card" }, settingsForm(settings, (changes) => void act("settings", changes, "Kept.")))];
  },
};

const request = (event: Row): Row => ({
  ...(isRow(event["what"]) ? event["what"] : {}),
  at: event["at"],
  by: isRow(event["who"]) ? event["who"]["pseudonym"] : null,
});

type Listed = { more: boolean } & Record<string, Row[] | boolean>;

async function page(api: Api, list: "workers" | "events", after: number): Promise<{ rows: Row[]; next: number | null }> {
  const said = await api.get<Listed>(`/api/maintain/${list}?after=${after}`);
  const rows = said[list] as Row[];
  const last = rows.at(-1)?.["id"];
  return { rows, next: said.more && typeof last === "number" ? last : null };
}

async function all(api: Api, list: "workers" | "events"): Promise<Row[]> {
  const found: Row[] = [];
  let next: number | null = 0;
  for (let count = 0; next !== null && count < MOST_PAGES; count++) {
    const one: { rows: Row[]; next: number | null } = await page(api, list, next);
    found.push(...one.rows);
    next = one.next;
  }
  return found;
}

/** A list, page after page. */
async function paged(api: Api, list: "workers" | "events", draw: (rows: Row[]) => HTMLElement): Promise<HTMLElement> {
  const place = h("div", { class: "pages" });
  const show = async (after: number): Promise<void> => {
    const { rows, next } = await page(api, list, after);
    const more = next === null ? null : button("More", "", () => void show(next));
    const first = after === 0 ? null : button("From the start", "", () => void show(0));
    place.replaceChildren(draw(rows), h("div", { class: "row" }, first, more));
  };
  await show(0);
  return place;
}

/** Stop, take back, and what somebody wrote who was stopped. */
function person(row: Row, act: Room["act"]): HTMLElement | null {
  if (row["role"] !== "worker" && row["role"] !== "reviewer") return null;
  const id = row["id"];
  const back = (path: string, body: Row): HTMLElement =>
    button("Use the answers again", "", () => void act(path, body, "The answers count again."), { class: "tool" });
  const appeal = row["appeal"];
  if (typeof appeal === "string" && appeal !== "") {
    const keep = button("Keep it so", "", () => void act("appeal", { id, accept: false }, "It stays as it is, and they are told so."), { class: "tool" });
    return h("div", { class: "acts" }, h("blockquote", {}, appeal), back("appeal", { id, accept: true }), keep);
  }
  if (row["state"] === "stopped") return h("div", { class: "acts" }, back("worker", { id, state: "active", reason: "" }));
  const stop = async (): Promise<void> => {
    const words = `Why are the answers of ${plain(row["pseudonym"])} not used?`;
    const reason = await ask(words, "They will read this, and can ask you to look again.", "Stop using the answers");
    if (reason !== null) await act("worker", { id, state: "stopped", reason }, "Their answers are not used any more.");
  };
  return h("div", { class: "acts" }, button("Stop using the answers", "", () => void stop(), { class: "tool" }));
}

