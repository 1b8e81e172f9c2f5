import { commandKills } from "../chaos/command-kills.ts";

commandKills("embedded");
