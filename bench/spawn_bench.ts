import { compareContenders } from "./compare_contenders.ts";

await compareContenders("spawn_join", "spawn_join_eager", "spawn_join_gen", "gather");
