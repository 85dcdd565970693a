using InferenceMeter.Metering;

namespace InferenceMeter.Runs;

/// <summary>The verdict on a run, and why.</summary>
public sealed record RunVerdict
{
    /// <summary><see langword="true"/> when no rule was broken.</summary>
    public bool Valid => Reasons.Count == 0;

    /// <summary>Valid or invalid.</summary>
    public Verdict Verdict => Valid ? Verdict.Valid : Verdict.Invalid;

    /// <summary>The rules that it was judged by.</summary>
    public required RunRules Rules { get; init; }

    /// <summary>One line for each rule that was broken; empty when valid.</summary>
    public required IReadOnlyList<string> Reasons { get; init; }

    /// <summary>Judges a run. What is unknown (steal, throttling) breaks no rule.</summary>
    public static RunVerdict Judge(RunResult result, RunRules rules) =>
        new() { Rules = rules, Reasons = [.. Broken(result, rules)] };

    private static IEnumerable<string> Broken(RunResult result, RunRules rules)
    {
        if (!result.ReachedSteady)
        {
            yield return "no steady state: throughput never settled";
        }
        else
        {
            if (result.DurationSeconds < rules.MinSeconds)
                yield return $"too short: {result.DurationSeconds:0.0} s measured, "
                    + $"at least {rules.MinSeconds:0.#} s needed";
            if (result.ImagesPerSecond is not { } rate)
                yield return "no confidence interval: too few batches finished";
            else if (rate.RelativeHalfWidth > rules.MaxRelativeHalfWidth)
                yield return $"unstable: the 95 % interval is +-{rate.RelativeHalfWidth:P1} wide, at most "
                    + $"{rules.MaxRelativeHalfWidth:P1} allowed";
            if (Drift(result.Segments) is { } drift && Math.Abs(drift) > rules.MaxDrift)
                yield return $"unstable: the last third ran {drift:+0.0%;-0.0%} against the first, at most "
                    + $"{rules.MaxDrift:P1} allowed";
        }

        if (result.ImagesOk < rules.MinImages)
            yield return $"too few images: {result.ImagesOk} classified, at least {rules.MinImages} needed";
        if (result.DeviceLost)
            yield return "device lost: the run ended before its time";
        if (result.DeviceThrottled == true)
            yield return "device throttled: the machine was held back during the run";
        if (result.OtherProcesses > 0)
            yield return $"device shared: {result.OtherProcesses} other "
                + $"process{(result.OtherProcesses == 1 ? "" : "es")} used it during the run";
        if (result.CpuStolenShare > rules.MaxStolenShare)
            yield return $"CPU stolen: {result.CpuStolenShare:P1} of CPU time went to other machines, at most "
                + $"{rules.MaxStolenShare:P1} allowed";
        if (FailedShare(result) > rules.MaxFailedShare)
            yield return $"failed images: {FailedShare(result):P1}, at most {rules.MaxFailedShare:P1} allowed";
        if (result.ImagesFailedInInference > 0)
            yield return $"errors in inference: the model could not be run on {result.ImagesFailedInInference} images";
    }

    private static double FailedShare(RunResult result) =>
        result.ImagesFailed == 0 ? 0 : (double)result.ImagesFailed / (result.ImagesOk + result.ImagesFailed);

    /// <summary>Throughput of the last third of the segments over that of the first, minus 1.</summary>
    private static double? Drift(IReadOnlyList<MeterSegment> segments)
    {
        var third = segments.Count / 3;
        if (third == 0)
            return null;
        var first = Rate(segments.Take(third));
        var last = Rate(segments.TakeLast(third));
        return first > 0 ? last / first - 1 : null;
    }

    private static double Rate(IEnumerable<MeterSegment> segments)
    {
        double images = 0,
            seconds = 0;
        foreach (var segment in segments)
        {
            images += segment.Images;
            seconds += segment.WallSeconds;
        }

        return seconds > 0 ? images / seconds : 0;
    }
}
