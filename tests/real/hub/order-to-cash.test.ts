import { tellOrderToCash } from "./order-to-cash-story.ts";

tellOrderToCash(5, 6);
