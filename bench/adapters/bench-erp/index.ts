import type { Connect } from "../../../src/adapter-kit/index.ts";
import { connectBenchSystem } from "../../system/connect.ts";

export const connect: Connect = ({ settings, manifest }) => connectBenchSystem(settings, manifest);
