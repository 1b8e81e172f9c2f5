// What `nave adapter new` makes is a working adapter: its own suite, as it comes.
import "../../src/cli/adapter-template/tests/conformance.test.ts";
