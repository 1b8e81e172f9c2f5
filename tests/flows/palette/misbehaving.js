const { existsSync } = require("node:fs");

/** Nodes as they are found in the public palette, each with one bad habit; CommonJS, as most of them are. */
module.exports = (RED) => {
  const register = (type, handler) => {
    RED.nodes.registerType(type, function node(config) {
      RED.nodes.createNode(this, config);
      const running = this;
      if (handler.length === 2) this.on("input", (msg) => handler(running, msg));
      else this.on("input", (msg, send, done) => handler(running, msg, send, done));
    });
  };

  register("legacy async", (node, msg) => {
    setTimeout(() => node.send(msg), 20);
  });
  register("legacy sync", (node, msg) => {
    node.send(msg);
  });
  register("sends late", (_node, msg, send, done) => {
    done();
    setTimeout(() => send(msg), 50);
  });
  register("done first", (_node, msg, send, done) => {
    done();
    send(msg);
  });
  register("never done", (_node, msg, send, _done) => {
    if (msg.payload.name === "swallow") return;
    send(msg);
  });
  register("throws later", (_node, _msg, _send, _done) => {
    setTimeout(() => {
      throw new Error("thrown in a timer");
    }, 5);
  });
  register("rejects later", (_node, _msg, _send, _done) => {
    void Promise.reject(new Error("nobody awaits this"));
  });
  register("forgets the id", (_node, msg, send, done) => {
    setTimeout(() => {
      send({ payload: msg.payload, nave: msg.nave });
      done();
    }, 5);
  });
  register("errors without done", (node, msg, _send, _done) => {
    setTimeout(() => node.error("gave up", msg), 5);
  });
  register("does not let go", (_node, msg, send, done) => {
    while (!existsSync(process.env.LETS_GO_AT));
    send(msg);
    done();
  });
  register("ends the process", (_node, _msg, _send, _done) => {
    setTimeout(() => process.exit(3), 5);
  });
  register("done twice", (_node, msg, send, done) => {
    send(msg);
    done();
    done();
  });
};
