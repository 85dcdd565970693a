// What every form that changes something does: it runs the change and says beside the form how it went.
import { Refusal } from "../core/connection.js";
import { setText } from "../core/dom.js";
import { askForKey } from "./key.js";

/**
 * Runs a change and shows its answer; where the meter wants a key, asks for it.
 * @param work returns the text to show when it succeeded
 */
export async function submit(form, work) {
  const answer = form.querySelector(".answer");
  answer.classList.remove("wrong");
  try {
    setText(answer, await work());
  } catch (error) {
    answer.classList.add("wrong");
    setText(answer, error.message);
    askWhereNeeded(error);
  }
}

export function askWhereNeeded(error) {
  if (error instanceof Refusal && error.needsKey) askForKey();
}
