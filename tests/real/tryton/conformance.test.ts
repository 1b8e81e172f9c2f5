import { conformance } from "../../adapters/conformance.ts";
import { realTryton } from "./harness.ts";

conformance("Tryton (6.0, the real one)", realTryton);
