// Elements in few words. Styles are set by class or through the CSSOM: the page's policy allows no style attribute.

type Child = Node | string | null | undefined | false;
type Given = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

const SVG = "http://www.w3.org/2000/svg";

function filled<E extends Element>(element: E, given: Given, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => !!child || child === ""));
  return element;
}

/** An element; `given` are attributes, and listeners as `onclick`. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  given: Given = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return filled(document.createElement(name), given, children);
}

/** The same for drawings. */
export function s<K extends keyof SVGElementTagNameMap>(
  name: K,
  given: Given = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return filled(document.createElementNS(SVG, name) as SVGElementTagNameMap[K], given, children);
}

/** A button that says which key does the same. */
export function button(words: string, key: string, onclick: (event: MouseEvent) => void, given: Given = {}) {
  const label = h("span", { class: "words" }, words);
  const hint = key === "" ? null : h("kbd", { "aria-hidden": "true" }, key);
  return h("button", { type: "button", onclick, "aria-keyshortcuts": key || null, ...given }, label, hint);
}
