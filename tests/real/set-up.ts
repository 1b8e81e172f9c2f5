/** For hooks that start a real product: the first one on a machine installs it, which takes minutes, and others wait for it. */
export const SET_UP_MS = 600_000;
