import { compareContenders } from "./compare_contenders.ts";

await compareContenders("sleep_n", "cancel_n", "timeout_win", "timeout_win_conc");
