namespace InferenceMeter.Metering;

/// <summary>
/// warming -> steady &lt;-> unstable, and idle. Evaluated at whole seconds since the start, also when nobody read in
/// between,
/// so the state depends on what happened and not on how often it is asked for (but an idle spell that nobody read in is
/// taken for a stall).
/// <para>After idle: warming again, and steady once throughput has settled anew (about 5 s). The end of warm-up is
/// found once:
/// idle and settling again are paid for like any other time, so they stay in the windows.</para>
/// </summary>
internal sealed class MeterState(CompletionHistory history, MeterOptions options, long startedAt)
{
    private const double RecentSeconds = 10;
    private const double ReferenceSeconds = 60;
    private const double LongestLook = 30;
    private const double Stall = 3;

    private long _nextStep = startedAt;

    /// <summary>No entry before this belongs to the present spell of activity.</summary>
    private long _activeFrom = startedAt;

    /// <summary>Since when the present level holds.</summary>
    private long _levelFrom = startedAt;

    public MeasurementState State { get; private set; } = MeasurementState.Warming;

    public string? Reason { get; private set; } = "no batch has finished yet";

    public long? SteadySince { get; private set; }

    public Estimate? Capacity { get; private set; }

    /// <summary>Evaluates every whole second up to now (at most five minutes of them).</summary>
    public void CatchUp()
    {
        var now = history.Totals.Now;
        var second = history.Ticks(1);
        var missed = (now - _nextStep) / second;
        if (missed > 300)
            _nextStep += (missed - 300) * second;
        for (; _nextStep <= now; _nextStep += second)
            Step(_nextStep);
    }

    private void Step(long at)
    {
        // EmptySince is long.MaxValue while something runs.
        if (at - Math.Min(history.Totals.EmptySince, at) >= history.Ticks(options.IdleAfter.TotalSeconds))
        {
            Become(MeasurementState.Idle, "nothing is in flight");
            _activeFrom = at;
            return;
        }

        if (State == MeasurementState.Idle)
            Become(MeasurementState.Warming, "work has resumed");

        // Only what was in the history at that second already: an entry younger than the resolution could still grow
        // then.
        var last = history.LastAtOrBefore(at - history.Ticks(options.Resolution.TotalSeconds));
        if (last < 0 || history[last].At < _activeFrom)
            return;
        if (State == MeasurementState.Steady)
            StepSteady(at, last);
        else
            StepUnsettled(at, last);
    }

    private void StepUnsettled(long at, int last)
    {
        if (
            State == MeasurementState.Unstable
            && Stalled(Math.Max(0, last - options.MinGroups), last, at) is { } stalled
        )
            Reason = stalled;
        var first = history.FirstAtOrAfter(_activeFrom);
        var since = history.Seconds(at - history[first].At);
        var why = "warming up";
        if (since >= options.MinWarmUp.TotalSeconds)
        {
            // Once steady, one settled window of 10 s brings it back. Before that the last 60 % are looked at: what led
            // there is forgotten.
            var look =
                State == MeasurementState.Unstable && SteadySince is not null
                    ? RecentSeconds
                    : Math.Min(0.6 * since, LongestLook);
            var from = Math.Max(
                first,
                Math.Min(history.LastAtOrBefore(at - history.Ticks(look)), last - options.MinGroups)
            );
            if (State != MeasurementState.Unstable && history[from].At < at - history.Ticks(0.6 * since + 1))
                from = last;
            var settled = Settling.WhyNot(history.IntervalsAndSilence(from, last, at), options);
            if (settled is null)
            {
                SteadySince ??= at;
                _levelFrom = history[from].At;
                Become(MeasurementState.Steady, reason: null);
                return;
            }

            why = settled;
        }

        if (State == MeasurementState.Warming && since > options.MaxWarmUp.TotalSeconds)
            Become(MeasurementState.Unstable, $"no steady state within {options.MaxWarmUp.TotalSeconds:0} s: {why}");
        else if (State == MeasurementState.Warming)
            Reason = why;
    }

    private void StepSteady(long at, int last)
    {
        var recentFrom = Math.Min(history.LastAtOrBefore(at - history.Ticks(RecentSeconds)), last - options.MinGroups);
        recentFrom = Math.Max(recentFrom, history.FirstAtOrAfter(_levelFrom));
        if (Stalled(recentFrom, last, at) is { } stalled)
        {
            Become(MeasurementState.Unstable, stalled);
            return;
        }

        if (
            RatioEstimate.Of(history.IntervalsAndSilence(recentFrom, last, at), busy: false, options.MinGroups)
            is not { } recent
        )
            return;
        if (recent.RelativeHalfWidth > options.UnstableHalfWidth)
        {
            Become(
                MeasurementState.Unstable,
                $"the 95 % interval of the last 10 s is +-{recent.RelativeHalfWidth:P0} wide"
            );
            return;
        }

        var beforeFrom = Math.Max(
            history.FirstAtOrAfter(_levelFrom),
            history.LastAtOrBefore(history[recentFrom].At - history.Ticks(ReferenceSeconds))
        );
        var before =
            history.Seconds(history[recentFrom].At - history[beforeFrom].At) >= RecentSeconds / 2
                ? RatioEstimate.Of(history.Intervals(beforeFrom, recentFrom), busy: false, options.MinGroups)
                : null;
        if (before is { } level && Settling.Moved(recent, level, options) is { } moved)
        {
            Become(MeasurementState.Unstable, moved);
            return;
        }

        // The highest lower bound, not the highest value: picking the best of many would pick the luckiest, and a wide
        // interval is luck.
        if (
            history[recentFrom].At >= SteadySince
            && history.Seconds(history[last].At - history[recentFrom].At) >= RecentSeconds * 0.9
        )
            if (!(Capacity?.Low >= recent.Low))
                Capacity = recent;
    }

    private string? Stalled(int first, int last, long at)
    {
        var silent = history.Seconds(at - history[last].At);
        return silent > Stall && history.Silence(first, last, at) ? $"no batch has finished for {silent:0} s" : null;
    }

    private void Become(MeasurementState state, string? reason) => (State, Reason) = (state, reason);
}
