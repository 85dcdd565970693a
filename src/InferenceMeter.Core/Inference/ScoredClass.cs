namespace InferenceMeter.Inference;

/// <summary>One class in an answer.</summary>
/// <param name="Index">Of the class, from 0.</param>
/// <param name="Probability">0 to 1.</param>
public readonly record struct ScoredClass(int Index, float Probability);
