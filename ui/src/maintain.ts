// The maintainer: how far it is, links, the people who answer and how far they are trusted, events, settings.

import type { Api } from "./api";
import { button, h } from "./dom";
import { grantForm, linkForm, settingsForm } from "./forms";
import { sentence } from "./pages";
import type { Shell } from "./shell";
import { aggregate, fieldsOf, isRow, plain, table } from "./tables";
import type { Row } from "./tables";

type Tab = "Progress" | "Links" | "People" | "Events" | "Settings";
const TABS: readonly Tab[] = ["Progress", "Links", "People", "Events", "Settings"];

/** Lists come bare, or as the one list of an object. */
const rowsOf = (said: unknown): Row[] => {
  const list = Array.isArray(said) ? said : isRow(said) ? Object.values(said).find(Array.isArray) : [];
  return ((list as unknown[] | undefined) ?? []).filter(isRow);
};

export async function maintaining(api: Api, shell: Shell, review: () => void, tab: Tab = "Progress"): Promise<void> {
  const go = (to: Tab): void => void maintaining(api, shell, review, to);
  shell.heading("Maintainer");
  shell.menu(["Answer questions", "", review]);
  const tabs = h(
    "nav",
    { class: "tabs", "aria-label": "maintainer's pages" },
    ...TABS.map((one) => button(one, "", () => go(one), { "aria-current": one === tab ? "page" : null })),
  );
  const act = async (path: string, body: Row, words: string): Promise<void> => {
    try {
      await api.post(`/api/maintain/${path}`, body);
      go(tab);
      shell.say(words);
    } catch (error) {
      shell.say(sentence(error), 8);
    }
  };
  let content: Node[];
  try {
    content = await PAGES[tab](api, shell, act);
  } catch (error) {
    content = [h("p", { role: "alert" }, sentence(error)), button("Try again", "", () => go(tab))];
  }
  const heading = h("h1", { tabindex: "-1" }, tab);
  shell.show(tab, "maintain", tabs, heading, ...content);
  heading.focus({ preventScroll: true });
}

type Act = (path: string, body: Row, words: string) => Promise<void>;

const PAGES: Record<Tab, (api: Api, shell: Shell, act: Act) => Promise<Node[]>> = {
  Progress: async (api) => [h("section", { class: "card" }, aggregate(await api.get<Row>("/api/maintain/summary")))],
  Links: async (api, shell, act) => {
    const links = rowsOf(await api.get("/api/maintain/links"));
    const revoke = (row: Row): Node | null =>
      row["revoked"] || row["revoked_at"]
        ? null
        : button("Revoke", "", () => void act("revoke", { link: row["id"] }, "Revoked: its sessions have ended."), { class: "tool" });
    return [
      h("section", { class: "card" }, h("h2", {}, "A new link"), linkForm(api, shell)),
      table("Links", links, fieldsOf(links, ["settings", "token_hash"]), revoke),
    ];
  },
  People: async (api, _shell, act) => {
    const workers = rowsOf(await api.get("/api/maintain/workers?after=0"));
    return [table("People who answer", workers, fieldsOf(workers, ["id", "appeal"]), (row) => person(row, act))];
  },
  Events: async (api) => {
    const events = rowsOf(await api.get("/api/maintain/events?after=0"));
    return [table("Events", events, fieldsOf(events))];
  },
  Settings: async (api, shell, act) => {
    const settings = await api.get<Row>("/api/maintain/settings");
    return [
      h("section", { class: "card" }, h("h2", {}, "Settings of the review"), settingsForm(settings, (changes) => void act("settings", changes, "Kept."))),
      h("section", { class: "card" }, h("h2", {}, "Let an auditor see one picture"), grantForm(api, shell)),
    ];
  },
};

/** Stop, take back, and what somebody wrote who was stopped. */
function person(row: Row, act: Act): HTMLElement {
  const parts = h("div", { class: "acts" });
  const appeal = row["appeal"];
  const id = row["id"];
  if (typeof appeal === "string" && appeal !== "") {
    parts.append(
      h("blockquote", {}, appeal),
      button("Use the answers again", "", () => void act("appeal", { id, accept: true }, "The answers count again."), { class: "tool" }),
      button("Keep it so", "", () => void act("appeal", { id, accept: false }, "It stays as it is."), { class: "tool" }),
    );
  } else if (row["state"] === "stopped") {
    parts.append(button("Use the answers again", "", () => void act("worker", { id, state: "active", reason: "" }, "The answers count again."), { class: "tool" }));
  } else {
    parts.append(
      button(
        "Stop using the answers",
        "",
        () => {
          const reason = prompt(`Why are the answers of ${plain(row["pseudonym"])} not used? They will read this.`);
          if (reason) void act("worker", { id, state: "stopped", reason }, "Their answers are not used any more.");
        },
        { class: "tool" },
      ),
    );
  }
  return parts;
}
