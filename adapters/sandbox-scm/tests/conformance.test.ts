import { conformance } from "../../../tests/adapters/conformance.ts";
import { supplierHarness } from "./harness.ts";

conformance("Sandbox supplier", supplierHarness);
