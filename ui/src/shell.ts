// What stays while questions come and go: the bar on top, the banner, what is said to screen readers.

import { button, h } from "./dom";
import type { Progress } from "./wire";

export class Shell {
  readonly main = h("main", { id: "main", tabindex: "-1" });
  private readonly place = h("p", { class: "place" });
  private readonly tools = h("nav", { "aria-label": "page" });
  private readonly banner = h("p", { class: "banner", role: "status", hidden: true });
  private readonly toast = h("p", { class: "toast", role: "status" });
  private readonly aside = h("p", { class: "heard", role: "status" });
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement) {
    const skip = h("a", { class: "jump", href: "#main" }, "To the question");
    skip.addEventListener("click", (event) => {
      event.preventDefault();
      this.main.focus();
    });
    const bar = h("header", { class: "bar" }, this.place, this.tools);
    root.replaceChildren(skip, bar, this.banner, this.main, this.toast, this.aside);
  }

  /** Replaces what the page shows. */
  show(title: string, kind: string, ...content: (Node | null)[]): void {
    document.title = title === "" ? "Review" : `${title} – Review`;
    this.main.className = kind;
    this.main.replaceChildren(...content.filter((one): one is Node => one !== null));
    scrollTo(0, 0);
  }

  /** A page of words: a heading that has the focus, then paragraphs or whatever else. */
  words(title: string, ...content: (Node | string | null)[]): void {
    const heading = h("h1", { tabindex: "-1" }, title);
    const parts = content.map((one) => (typeof one === "string" ? h("p", {}, one) : one));
    this.show(title, "plain", heading, ...parts);
    heading.focus({ preventScroll: true });
  }

  /** The buttons of the bar: words, key, what they do. */
  menu(...items: [string, string, () => void][]): void {
    this.tools.replaceChildren(...items.map(([words, key, does]) => button(words, key, does, { class: "quiet" })));
  }

  progress(progress: Progress | null): void {
    if (progress === null) this.place.textContent = "";
    else {
      const left = typeof progress.left === "number" ? `, ${progress.left} to go` : "";
      this.place.textContent = `${progress.answered} answered${left}`;
    }
  }

  heading(words: string): void {
    this.place.textContent = words;
  }

  /** Said to screen readers only: what everybody else can see anyway. */
  tell(words: string): void {
    this.aside.textContent = words;
  }

  /** Stays until it is taken away. */
  warn(words: string): void {
    if (this.banner.textContent === words) return;
    this.banner.textContent = words;
    this.banner.hidden = words === "";
  }

  /** Takes away what was said last. */
  quiet(): void {
    this.toast.classList.remove("on");
  }

  /** Seen for some seconds, and said to screen readers; what is said twice in a row is said twice. */
  say(words: string, seconds = 4): void {
    clearTimeout(this.timer);
    this.toast.textContent = "";
    this.toast.textContent = words;
    this.toast.classList.add("on");
    this.timer = setTimeout(() => this.toast.classList.remove("on"), seconds * 1000);
  }
}
