namespace InferenceMeter.Tuning;

/// <summary>
/// Finds the best of many configurations with short trials first, and longer ones for the best sixth of what was tried,
/// so that most of the
/// time goes to the few that may win (K. Jamieson, A. Talwalkar, Non-stochastic Best Arm Identification, AISTATS 2016).
/// Not all get a short
/// one: batch, instances and decoders act nearly alone, so the first round goes along one at a time, from the best so
/// far, until a pass over
/// all of them finds nothing better (coordinate descent). The default is in every round: what wins must be shown to be
/// better than doing
/// nothing.
/// </summary>
public sealed class SuccessiveHalving
{
    /// <summary>
    /// Of so many one goes on, as trials grow by the same factor: each round costs about as much as the one before.
    /// </summary>
    public const int Kept = 6;

    /// <summary>Fewer than these are no race.</summary>
    private const int Fewest = 3;

    /// <summary>
    /// A model that is so much dearer as it comes than the best so far is not tuned: no batch makes up for that.
    /// </summary>
    private const double Hopeless = 1.5;

    private readonly Objective _objective;
    private readonly Constraints _constraints;
    private readonly IReadOnlyList<double> _rounds;

    /// <param name="rounds">Seconds of a trial in each round, growing.</param>
    public SuccessiveHalving(Objective objective, Constraints constraints, IReadOnlyList<double> rounds)
    {
        _objective = objective;
        _constraints = constraints;
        _rounds = rounds;
    }

    /// <summary>Searches.</summary>
    /// <param name="candidates">
    /// The first of each model is what it would run as by itself, and one of these the default.
    /// </param>
    /// <param name="run">Measures one for so many seconds.</param>
    /// <param name="onProgress">Told each trial as it is done, with the round it was in from 0.</param>
    public async Task<TuningResult> RunAsync(
        IReadOnlyList<Candidate> candidates,
        Func<Candidate, double, Task<Trial>> run,
        Action<int, Trial> onProgress
    )
    {
        var trials = new Dictionary<Candidate, Trial>();
        var left = candidates.ToList();
        for (var round = 0; round < _rounds.Count && left.Count > 0; round++)
        {
            // With one round there is nothing to come back to: all of them.
            if (round == 0 && _rounds.Count > 1)
                left = await DescendAsync(candidates, Measure);
            else
                foreach (var candidate in left.ToList())
                {
                    if (round > 0 && round == _rounds.Count - 1 && IsLost(candidate))
                        left.Remove(candidate);
                    else
                        await Measure(candidate);
                }

            async Task<Trial> Measure(Candidate candidate)
            {
                var trial = await run(candidate, _rounds[round]);
                trials[candidate] = trial;
                onProgress(round, trial);
                return trial;
            }

            // Against the default at full length a candidate would at best be its equal, and equals go to the default:
            // no trial of a minute for that.
            bool IsLost(Candidate candidate) =>
                left.Find(other => other.IsDefault) is { } standard
                && standard != candidate
                && _constraints.Broken(trials[standard]) is null
                && Value(trials[standard]) is { } value
                && value / Value(trials[candidate]) <= 1 + trials[standard].ImagesPerSecond!.Value.RelativeHalfWidth;

            var good = left.Where(candidate =>
                    _constraints.Broken(trials[candidate]) is null && Value(trials[candidate]) is not null
                )
                .OrderBy(candidate => Value(trials[candidate]))
                .ThenBy(candidate => candidate.Complexity)
                .ToList();
            if (round == _rounds.Count - 1)
            {
                left = good;
                break;
            }

            left =
                round == _rounds.Count - 2
                    ? Finalists(good, trials)
                    : Best(good, Math.Max(Fewest, (int)Math.Ceiling((double)left.Count / Kept)));
        }

        return Judge(candidates, trials, left);
    }

    /// <summary>What a walk from each model's own way meets, along one axis at a time.</summary>
    private async Task<List<Candidate>> DescendAsync(
        IReadOnlyList<Candidate> candidates,
        Func<Candidate, Task<Trial>> measure
    )
    {
        var met = new Dictionary<Candidate, Trial>();
        var starts = candidates.DistinctBy(candidate => candidate.Model).ToList();
        foreach (var start in starts)
            met[start] = await measure(start);
        foreach (var start in starts.OrderBy(start => Rank(met[start])))
        {
            var (rank, least) = (Rank(met[start]), met.Values.Select(Rank).Min());
            if ((rank.Broken, least.Broken) == (0, 0) && rank.Value > Hopeless * least.Value)
                continue;
            var at = start;
            for (var unchanged = 0; unchanged < Axes.Length; )
            {
                foreach (var along in Axes)
                {
                    var line = candidates.Where(candidate => along(candidate, at)).ToList();
                    foreach (var candidate in line.Where(candidate => !met.ContainsKey(candidate)))
                        met[candidate] = await measure(candidate);
                    var best = line.MinBy(candidate => Rank(met[candidate]))!;
                    unchanged = best == at ? unchanged + 1 : 1;
                    at = best;
                    if (unchanged >= Axes.Length)
                        break;
                }
            }
        }

        return [.. candidates.Where(met.ContainsKey)];
    }

    /// <summary>Whether a candidate differs from another in one thing at most.</summary>
    private static readonly Func<Candidate, Candidate, bool>[] Axes =
    [
        (one, other) => one.Model == other.Model && one.Batch == other.Batch && one.Decoders == other.Decoders,
        (one, other) =>
            one.Model == other.Model
            && (one.Instances, one.Threads) == (other.Instances, other.Threads)
            && one.Decoders == other.Decoders,
        (one, other) =>
            one.Model == other.Model
            && (one.Instances, one.Threads) == (other.Instances, other.Threads)
            && one.Batch == other.Batch,
    ];

    /// <summary>
    /// Smaller is better: what keeps the limits before what breaks them, and of those the faster to answer, as that is
    /// the way out.
    /// </summary>
    private (int Broken, double Value) Rank(Trial trial)
    {
        if (_constraints.Broken(trial) is null && Value(trial) is { } value)
            return (0, value);
        return trial.Failure is null ? (1, trial.P99Seconds ?? double.MaxValue) : (2, double.MaxValue);
    }

    /// <summary>The default stays unless it breaks a limit: it is what the others are measured by.</summary>
    private static List<Candidate> Best(List<Candidate> good, int most)
    {
        List<Candidate> best = [.. good.Take(most)];
        if (good.Find(candidate => candidate.IsDefault) is { } standard && !best.Contains(standard))
            best[^1] = standard;
        return best;
    }

    /// <summary>The best so far; before it the default, unless it is clear already which of both wins.</summary>
    private List<Candidate> Finalists(List<Candidate> good, Dictionary<Candidate, Trial> trials)
    {
        if (good.Count == 0)
            return [];
        var standard = good.Find(candidate => candidate.IsDefault);
        return standard is null || good[0] == standard || Better(trials[good[0]], trials[standard])
            ? [good[0]]
            : [standard, good[0]];
    }

    /// <summary>Smaller is better.</summary>
    public double? Value(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return _objective switch
        {
            Objective.Usd => trial.UsdPerBillion,
            Objective.Images => trial.ImagesPerSecond is { Value: > 0 } rate ? 1 / rate.Value : null,
            _ => trial.JoulesPerImage,
        };
    }

    private TuningResult Judge(
        IReadOnlyList<Candidate> candidates,
        Dictionary<Candidate, Trial> trials,
        List<Candidate> finalists
    )
    {
        var all = candidates.Where(trials.ContainsKey).Select(candidate => trials[candidate]).ToList();
        if (finalists.Count == 0)
            return new TuningResult(null, null, all, []);
        var standard = candidates.FirstOrDefault(candidate =>
            candidate.IsDefault
            && trials.TryGetValue(candidate, out var trial)
            && _constraints.Broken(trial) is null
            && Value(trial) is not null
        );
        // It may have been left behind as clearly slower; the last word on that is the final's.
        if (standard is not null && !finalists.Contains(standard))
            finalists = [.. finalists, standard];
        var best = finalists.MinBy(candidate => Value(trials[candidate]))!;
        // Those that noise cannot tell from the best; of them the simplest.
        var alike = finalists.Where(candidate => !Better(trials[best], trials[candidate])).ToList();
        var winner = alike.MinBy(candidate => candidate.Complexity)!;
        return new TuningResult(
            trials[winner],
            standard is null ? null : trials[standard],
            all,
            [.. alike.Where(candidate => candidate != winner).Select(candidate => trials[candidate])]
        );
    }

    /// <summary>
    /// By more than the intervals of both explain: the half-widths add as squares, as of a ratio of independent
    /// measurements.
    /// </summary>
    private bool Better(Trial one, Trial other)
    {
        var (a, b) = (one.ImagesPerSecond!.Value.RelativeHalfWidth, other.ImagesPerSecond!.Value.RelativeHalfWidth);
        return Value(other) / Value(one) > 1 + Math.Sqrt((a * a) + (b * b));
    }
}

/// <summary>What a search found.</summary>
/// <param name="Winner"><see langword="null"/> when no configuration keeps the limits.</param>
/// <param name="Default">The default's longest trial; <see langword="null"/> when it breaks a limit.</param>
/// <param name="Trials">The longest trial of each candidate.</param>
/// <param name="Alike">As good as the winner within the noise, and less simple.</param>
public sealed record TuningResult(
    Trial? Winner,
    Trial? Default,
    IReadOnlyList<Trial> Trials,
    IReadOnlyList<Trial> Alike
);
