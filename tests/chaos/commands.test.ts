import { commandKills } from "./command-kills.ts";

commandKills("distributed");
