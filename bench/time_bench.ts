import { compare } from "./compare.ts";

await compare("sleep_n", "cancel_n", "timeout_win", "timeout_win_conc");
