import { compareContenders } from "./compare_contenders.ts";

await compareContenders("yield_2", "yield_100", "ping_pong");
