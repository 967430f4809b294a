// The picture, as large as there is room: zoom by wheel, pinch, keys and buttons, pan, and blurred until held.

import { h, s } from "./dom";
import { around, fitted, held, toPicture, zoomed } from "./geometry";
import type { Corners, Point, Size, View } from "./geometry";

/** What one finger or the mouse does from down to up; a second finger cancels it. */
export interface Gesture {
  move(point: Point, event: PointerEvent): void;
  up(point: Point, event: PointerEvent): void;
  cancel(): void;
}

export interface Tool {
  down(point: Point, event: PointerEvent): Gesture | null;
  /** The view changed: what is drawn over the picture moves with it. */
  redraw(): void;
}

/** Of a blurred picture, in pixels of the screen. */
const BLUR = 26;

const PAN: Record<string, Point> = {
  ArrowLeft: { x: 48, y: 0 },
  ArrowRight: { x: -48, y: 0 },
  ArrowUp: { x: 0, y: 48 },
  ArrowDown: { x: 0, y: -48 },
};

export class Stage {
  readonly over = s("svg", { class: "over" });
  readonly element: HTMLElement;
  readonly size: Size;
  view: View = { scale: 1, x: 0, y: 0 };
  private tool: Tool | null = null;
  private room: Size = { width: 1, height: 1 };
  /** The view follows the window's size until somebody has zoomed. */
  private home: (() => View) | null;
  private readonly pointers = new Map<number, Point>();
  private gesture: Gesture | null = null;
  private readonly watch = new ResizeObserver(() => this.measure());
  private holding = false;
  private keepShown = false;
  private told: (shown: boolean, can: boolean) => void = () => undefined;

  constructor(
    private readonly picture: HTMLImageElement,
    size: Size,
    private blurred: boolean,
    label: string,
  ) {
    this.size = size;
    this.home = () => fitted(this.size, this.room);
    picture.className = "picture";
    picture.draggable = false;
    const veil = h("p", { class: "veil" }, "Blurred. Hold the picture or the space bar to see it.");
    this.element = h("div", { class: "stage", tabindex: "0", role: "group", "aria-label": label }, picture, this.over, veil);
    this.element.addEventListener("pointerdown", (event) => this.down(event));
    this.element.addEventListener("pointermove", (event) => this.move(event));
    this.element.addEventListener("pointerup", (event) => this.up(event, false));
    this.element.addEventListener("pointercancel", (event) => this.up(event, true));
    this.element.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.element.addEventListener("contextmenu", (event) => event.preventDefault());
    this.watch.observe(this.element);
    this.shade();
  }

  use(tool: Tool): void {
    this.tool = tool;
    this.measure();
  }

  /** Begins with the box in the middle, `share` of the stage wide; zooming out shows all. */
  startAround(box: Corners, share: number): void {
    const least = (): View => {
      const near = around(box, share, this.size, this.room);
      return near.scale > fitted(this.size, this.room).scale * 1.2 ? near : fitted(this.size, this.room);
    };
    this.home = least;
    this.measure();
  }

  zoom(factor: number, at?: Point): void {
    const middle = { x: this.room.width / 2, y: this.room.height / 2 };
    this.show(zoomed(this.view, factor, at ?? middle, this.size, this.room));
  }

  all(): void {
    this.show(fitted(this.size, this.room));
    this.home = () => fitted(this.size, this.room);
  }

  pan(dx: number, dy: number): void {
    this.show(held({ ...this.view, x: this.view.x + dx, y: this.view.y + dy }, this.size, this.room));
  }

  /** Brings the box into sight, if it is not. */
  reveal(box: Corners): void {
    const { scale, x, y } = this.view;
    const push = (low: number, high: number, room: number): number =>
      low < 12 ? 12 - low : high > room - 12 ? Math.max(room - 12 - high, 12 - low) : 0;
    const dx = push(box[0] * scale + x, box[2] * scale + x, this.room.width);
    const dy = push(box[1] * scale + y, box[3] * scale + y, this.room.height);
    if (dx !== 0 || dy !== 0) this.pan(dx, dy);
  }

  /** Arrow keys move the picture; false where the key is none of ours. */
  key(event: KeyboardEvent): boolean {
    const by = PAN[event.key];
    if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return false;
    this.pan(by.x, by.y);
    return true;
  }

  get roomNow(): Size {
    return this.room;
  }

  /** `told` hears whether the picture is shown, and whether there is anything to choose. */
  onShade(told: (shown: boolean, can: boolean) => void): void {
    this.told = told;
    this.shade();
  }

  setBlurred(blurred: boolean): void {
    this.blurred = blurred;
    this.shade();
  }

  hold(on: boolean): void {
    this.holding = on;
    this.shade();
  }

  /** For those who cannot hold: shown until pressed again. */
  keep(on: boolean): void {
    this.keepShown = on;
    this.shade();
  }

  get shown(): boolean {
    return !this.blurred || this.holding || this.keepShown;
  }

  close(): void {
    this.watch.disconnect();
  }

  private shade(): void {
    this.element.classList.toggle("blurred", !this.shown);
    this.told(this.shown, this.blurred);
  }

  private measure(): void {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0 || clientHeight === 0) return;
    this.room = { width: clientWidth, height: clientHeight };
    this.place(this.home === null ? held(this.view, this.size, this.room) : this.home());
  }

  private show(view: View): void {
    this.home = null;
    this.place(view);
  }

  private place(view: View): void {
    this.view = view;
    const { style } = this.picture;
    style.width = `${this.size.width}px`;
    style.height = `${this.size.height}px`;
    // as strong on the screen, however far the picture is zoomed
    this.element.style.setProperty("--blur", `${(BLUR / view.scale).toFixed(2)}px`);
    style.transform = `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
    this.tool?.redraw();
  }

  private at(event: PointerEvent | WheelEvent): Point {
    const frame = this.element.getBoundingClientRect();
    return { x: event.clientX - frame.left - this.element.clientLeft, y: event.clientY - frame.top - this.element.clientTop };
  }

  private down(event: PointerEvent): void {
    const point = this.at(event);
    this.element.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, point);
    this.hold(true);
    if (this.pointers.size > 1) {
      this.gesture?.cancel();
      this.gesture = null;
      return;
    }
    const moves = event.button === 1 || event.button === 2;
    this.gesture = moves ? this.panning(point) : (this.tool?.down(point, event) ?? this.panning(point));
    if (!moves && document.activeElement === document.body) this.element.focus({ preventScroll: true });
    event.preventDefault();
  }

  private move(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) return;
    const point = this.at(event);
    this.pointers.set(event.pointerId, point);
    if (this.pointers.size === 2) this.pinch(event.pointerId, before, point);
    else this.gesture?.move(point, event);
  }

  private up(event: PointerEvent, cancelled: boolean): void {
    if (!this.pointers.delete(event.pointerId)) return;
    if (this.pointers.size === 0) this.hold(false);
    const gesture = this.gesture;
    this.gesture = null;
    if (cancelled) gesture?.cancel();
    else gesture?.up(this.at(event), event);
  }

  private pinch(id: number, before: Point, now: Point): void {
    const other = [...this.pointers].find(([key]) => key !== id)?.[1];
    if (other === undefined) return;
    const apart = (a: Point): number => Math.max(Math.hypot(a.x - other.x, a.y - other.y), 1);
    const middle = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    this.zoom(apart(now) / apart(before), middle);
    this.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  }

  private panning(from: Point): Gesture {
    let last = from;
    return {
      move: (point) => {
        this.pan(point.x - last.x, point.y - last.y);
        last = point;
      },
      up: () => undefined,
      cancel: () => undefined,
    };
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 24 : 1;
    if (event.shiftKey) this.pan(-event.deltaY * lines, 0);
    else this.zoom(Math.exp(-Math.max(-240, Math.min(240, event.deltaY * lines)) / 400), this.at(event));
  }

  /** The picture's pixel under a point of the stage. */
  pixel(point: Point): Point {
    return toPicture(point, this.view);
  }
}
