import { openChannels } from "../../../src/channels/open-channels.ts";
import { keptLog } from "../../services/kept-log.ts";
import { channelContract } from "./channel-contract.ts";

let count = 0;

channelContract("embedded channels", {
  open: () => openChannels({ prefix: "", log: keptLog().log }),
  queue: () => `queue-${++count}`,
});
