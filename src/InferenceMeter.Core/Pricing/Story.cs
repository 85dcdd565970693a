namespace InferenceMeter.Pricing;

/// <summary>A rate at which a cost is said to fall.</summary>
public sealed record Trend
{
    /// <summary>The value of <see cref="Axis"/> of trends that are drawn beside the cost of images.</summary>
    public const string Inference = "inference";

    /// <summary>Short name.</summary>
    public required string Id { get; init; }

    /// <summary>Name for people.</summary>
    public required string Label { get; init; }

    /// <summary>Months in which the cost halves.</summary>
    public required double HalvingMonths { get; init; }

    /// <summary>
    /// What falls: <c>inference</c> of images, <c>training</c>, <c>language models</c>. Only the first is drawn.
    /// </summary>
    public required string Axis { get; init; }

    /// <summary>Where the rate is from.</summary>
    public required string Source { get; init; }

    /// <summary>When that was said: a day, or a year.</summary>
    public required string Date { get; init; }

    /// <summary>What is known about its truth.</summary>
    public string? Status { get; init; }
}

/// <summary>What training is reported to have cost.</summary>
public sealed record TrainingCost
{
    /// <summary>When, as a decimal year.</summary>
    public required double Year { get; init; }

    /// <summary>What was trained, in the words of the list that the figure is from.</summary>
    public required string What { get; init; }

    /// <summary>Name for people, which stands by itself.</summary>
    public required string Label { get; init; }

    /// <summary>US dollars.</summary>
    public required decimal Usd { get; init; }

    /// <summary><c>claim</c>, <c>forecast</c> or <c>record</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where the figure is from.</summary>
    public required string Source { get; init; }

    /// <summary>The day of the entry, where there is one.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>
    /// The day on which the figure was compared with its source; <see langword="null"/> when it could not be.
    /// </summary>
    public DateOnly? Checked { get; init; }

    /// <summary>What the record says about it.</summary>
    public string? Status { get; init; }
}

/// <summary>One reported cause of falling cost.</summary>
/// <param name="What">What was compared.</param>
/// <param name="Factor">How many times better.</param>
/// <param name="Cause"><c>hardware</c>, <c>software</c> or <c>algorithm</c>.</param>
/// <param name="Source">Where the figure is from.</param>
public sealed record Improvement(string What, double Factor, string Cause, string Source);

/// <summary>One quantitative claim of the report that started this program, and what became of it here.</summary>
/// <param name="Text">The claim.</param>
/// <param name="Where">The list of the catalog that shows it; empty when none does.</param>
/// <param name="Represented">Whether it is shown.</param>
/// <param name="How">How it is shown, or why it is not.</param>
public sealed record SeedClaim(string Text, string Where, bool Represented, string How);
