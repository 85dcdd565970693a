namespace InferenceMeter.Models;

/// <summary>Names of the values by which a wrapped graph is fed and answers.</summary>
/// <param name="Pixels">uint8 [N, H, W, 3].</param>
/// <param name="Probabilities">float [N, top], best first.</param>
/// <param name="Classes">int64 [N, top].</param>
/// <param name="Scores">float [N, Classes], as the model gives them: logits or probabilities.</param>
internal sealed record ModelValues(string Pixels, string Probabilities, string Classes, string Scores);
