/** Holding and ending a run: each wish is shown as heard, or as not heard. */
import { useEffect, useState } from "preact/hooks";
import type { Flight } from "../protocol";
import type { RpcError } from "../rpc";
import type { Store } from "../store";
import { Button } from "../ui/controls";
import type { Run } from "./training-state";

type Wish = "pause" | "resume" | "stop";

export function TrainingControls({ store, flight, run }: { store: Store; flight: Flight; run: Run }) {
  const [wish, setWish] = useState<Wish | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // What was wished has come true, or something else has happened.
  useEffect(() => {
    setWish(null);
    setProblem(null);
  }, [run.name, run.state]);
  const ask = (next: Wish) => {
    setWish(next);
    setProblem(null);
    const asked =
      next === "stop"
        ? store.rpc.request("training_stop", {})
        : store.rpc.request("training_pause", { pause: next === "pause" });
    asked.then(
      // A run ends once; it may be held again at any time.
      () => next !== "stop" && setWish(null),
      (error: RpcError) => {
        setWish(null);
        setProblem(`Could not ${next}: ${error.message}`);
      },
    );
  };
  const paused = run.state === "paused";
  const why = flight.blocking
    ? "The training runs in the cell itself: interrupt the kernel to end it"
    : undefined;
  const asleep = !flight.can_stop || wish === "stop" || run.state === "stopping";
  return (
    <>
      {problem === null ? null : (
        <span class="iw-note" role="alert" data-testid="iw-training-problem">
          {problem}
        </span>
      )}
      <Button
        testid="iw-pause"
        disabled={asleep || wish !== null}
        title={why}
        onClick={() => ask(paused ? "resume" : "pause")}
      >
        {paused ? "Resume" : "Pause"}
      </Button>
      <Button
        testid="iw-stop"
        disabled={asleep}
        title={why ?? "End after this round; the best model so far is kept"}
        onClick={() => ask("stop")}
      >
        Stop
      </Button>
    </>
  );
}
