import type { Page } from "playwright-core";

type Point = { x: number; y: number };

/** A person at the flow editor, with a mouse and a keyboard. */
export class DrawingHand {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  async logIn(url: string, password: string): Promise<void> {
    await this.page.goto(`${url}/editor/`);
    await this.page.fill("#node-dialog-login-username", "admin");
    await this.page.fill("#node-dialog-login-password", password);
    await this.page.click("#node-dialog-login-submit");
    await this.page.waitForSelector("#red-ui-palette-container");
    await this.page.waitForFunction("RED.nodes.getWorkspaceOrder().length > 0");
    await this.page.waitForSelector("#red-ui-loading-progress", { state: "hidden" });
  }

  /** Drags a node from the palette onto the canvas. @returns its id. */
  async place(type: string, at: Point): Promise<string> {
    const before = new Set(await this.#drawn());
    const canvas = await this.#boxOf("#red-ui-workspace-chart");
    const palette = `.red-ui-palette-node[data-palette-type="${type}"]`;
    await this.page.locator(palette).scrollIntoViewIfNeeded();
    await this.#drag(await this.#middleOf(palette), { x: canvas.x + at.x, y: canvas.y + at.y });
    const id = (await this.#drawn()).find((one) => !before.has(one));
    if (id === undefined) throw new Error(`no ${type} came onto the canvas`);
    return id;
  }

  async wire(from: string, to: string, output = 0): Promise<void> {
    const port = `[id="${from}"] .red-ui-flow-port-output >> nth=${output}`;
    await this.#drag(
      await this.#middleOf(port),
      await this.#middleOf(`[id="${to}"] .red-ui-flow-port-input`),
    );
  }

  /** Opens the form of a node, has it filled in, and closes it with Done. */
  async fill(id: string, fillIn: (page: Page) => Promise<void>): Promise<void> {
    const { x, y } = await this.#middleOf(`[id="${id}"] .red-ui-flow-node`);
    await this.page.mouse.dblclick(x, y);
    await this.page.waitForSelector("#node-input-name");
    await this.page.waitForFunction(
      "!document.querySelector('.red-ui-tray').matches('.ui-draggable-dragging')",
    );
    await fillIn(this.page);
    await this.page.click("#node-dialog-ok");
    await this.page.waitForSelector(".red-ui-tray", { state: "detached" });
  }

  async deploy(): Promise<void> {
    await this.page.click("#red-ui-header-button-deploy:not(.disabled)");
    await this.page.waitForSelector("#red-ui-header-button-deploy.disabled");
    await this.page.waitForSelector(".red-ui-notification-success");
  }

  /** What stands above the node on the canvas; undefined: nothing. */
  async countsAt(id: string): Promise<string | undefined> {
    const [shown] = await this.page.locator(`[id="${id}"] > .nave-traffic text`).allTextContents();
    return shown;
  }

  #drawn(): Promise<string[]> {
    return this.page.evaluate<string[]>("RED.view.getActiveNodes().map((node) => node.id)");
  }

  async #drag(from: Point, to: Point): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 5 });
    await mouse.move(to.x, to.y, { steps: 5 });
    await mouse.up();
  }

  async #middleOf(selector: string): Promise<Point> {
    const { x, y, width, height } = await this.#boxOf(selector);
    return { x: x + width / 2, y: y + height / 2 };
  }

  async #boxOf(selector: string): Promise<Point & { width: number; height: number }> {
    const box = await this.page.locator(selector).boundingBox();
    if (box === null) throw new Error(`${selector} is not to be seen`);
    return box;
  }
}
