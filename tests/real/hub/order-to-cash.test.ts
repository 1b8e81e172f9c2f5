import { tellOrderToCash } from "./order-to-cash-story.ts";

tellOrderToCash(3, 6);
