// Begins: the link's token is exchanged for a session, or the session in hand goes on; then the page for the role.

import { Api, Offline, Refused } from "./api";
import { auditing } from "./audit";
import { button, h } from "./dom";
import { linked } from "./link";
import { maintaining } from "./maintain";
import { consenting, sentence, stopped } from "./pages";
import { Shell } from "./shell";
import { Work } from "./work";
import type { Me } from "./wire";

const api = new Api();
const shell = new Shell(document.getElementById("app")!);

async function begin(): Promise<void> {
  const link = linked(location.search, location.hash);
  // the token leaves the address bar before anything else happens, so that nobody copies it by mistake
  if (link !== null || location.search !== "") history.replaceState(null, "", location.pathname);
  shell.words("One moment …");
  await enter(link);
}

async function enter(link: ReturnType<typeof linked>): Promise<void> {
  try {
    const me = link === null ? await api.get<Me>("/api/me") : await api.post<Me>("/api/enter", link);
    api.csrf = me.csrf;
    open(me);
  } catch (error) {
    if (error instanceof Offline) {
      const again = button("Try again", "", () => void enter(link), { class: "main" });
      shell.words("There is no connection", "The server could not be reached. Nothing is lost.", h("div", { class: "row" }, again));
    } else if (error instanceof Refused && error.status === 429) {
      const again = button("Try again", "", () => void enter(link), { class: "main" });
      shell.words("Please wait a little", error.message, h("div", { class: "row" }, again));
    } else if (error instanceof Refused) refused(error, link !== null);
    else throw error;
  }
}

function refused(error: Refused, linked: boolean): void {
  const advice = h(
    "ul",
    {},
    h("li", {}, "Ask the person who sent you the link for a new one. Links end after some days, or when they are taken back."),
    h("li", {}, "If you came from a crowd-work site, go back to it and return the task there; you have not begun, so nothing is held against you."),
    h("li", {}, "Copy the whole address: the part after # belongs to it."),
  );
  if (linked) shell.words("This link does not work", error.message, "What you can do:", advice);
  else shell.words("You need a link", "This page opens by a link that somebody sends you. Open that link again.", advice);
}

function open(me: Me): void {
  const role = me.role;
  if (me.state === "stopped") stopped(api, shell, me, me.stopped_words ?? "");
  else if (!me.consented) consenting(api, shell, me, () => open({ ...me, consented: true }));
  else if (role === "auditor") void auditing(api, shell);
  else if (role === "maintainer") void maintaining(api, shell, () => void answering());
  else new Work(api, shell, me).start();
}

/** A maintainer turns to the questions, under the settings as they are now. */
async function answering(): Promise<void> {
  try {
    new Work(api, shell, await api.get<Me>("/api/me")).start();
  } catch (error) {
    shell.say(sentence(error));
  }
}

// a link that is opened in this same tab changes the fragment only
addEventListener("hashchange", () => location.reload());
void begin();
