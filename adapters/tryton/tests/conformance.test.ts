import { conformance } from "../../../tests/adapters/conformance.ts";
import { simulatedTryton } from "./harness.ts";

conformance("Tryton (simulated)", simulatedTryton);
