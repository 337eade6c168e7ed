// Playing: a frame when its time has come and it is here; none is skipped.

export class Cine {
  #viewer;
  #due = 0;
  #running = false;

  constructor(viewer) {
    this.#viewer = viewer;
  }

  update() {
    if (this.#running || !this.#viewer.playing) return;
    this.#running = true;
    this.#due = performance.now() + 1000 / this.#viewer.rate;
    requestAnimationFrame((now) => this.#tick(now));
  }

  close() {
    this.#viewer.playing = false;
  }

  #tick(now) {
    const { playing, opened, rate } = this.#viewer;
    this.#running = playing && opened.count > 1;
    if (!this.#running) return;
    // Half a screen's frame early is in time: else 60 a second on a screen of 60 Hz would often wait for the next one.
    if (now + 8 >= this.#due && this.#viewer.advance()) this.#due = Math.max(this.#due + 1000 / rate, now);
    requestAnimationFrame((later) => this.#tick(later));
  }
}
