import { tellOrderToCash } from "../real/hub/order-to-cash-story.ts";

tellOrderToCash(100, 60);
