namespace InferenceMeter.Pricing;

/// <summary>
/// What the machine cost at each moment since the meter started, so that money spent is an integral over time and a
/// price change
/// in the middle of a window is right to the cent. Thread-safe. Timestamps are <see cref="TimeProvider.GetTimestamp"/>.
/// </summary>
public sealed class PriceTimeline
{
    // Beyond this many changes the two oldest are joined at their mean price: money between any later instants stays
    // exact.
    private const int MaxChanges = 4096;

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly List<Change> _changes = [];
    private Price _current;

    /// <summary>Starts paying <paramref name="initial"/> now.</summary>
    public PriceTimeline(TimeProvider time, Price initial)
    {
        _time = time;
        _current = initial;
        StartedAt = time.GetTimestamp();
        _changes.Add(new Change(StartedAt, Rates.Of(initial), default));
    }

    /// <summary>Timestamp since when money is counted.</summary>
    public long StartedAt { get; }

    /// <summary>The price now.</summary>
    public Price Current
    {
        get
        {
            lock (_gate)
                return _current;
        }
    }

    /// <summary>This price is paid from now on; what was paid before stays paid.</summary>
    public void Set(Price price)
    {
        lock (_gate)
        {
            _current = price;
            var last = _changes[^1];
            if (last.PerHour == Rates.Of(price))
                return;
            var now = Math.Max(_time.GetTimestamp(), last.At);
            _changes.Add(new Change(now, Rates.Of(price), last.SpentUntil(now, _time.TimestampFrequency)));
            if (_changes.Count > MaxChanges)
                JoinOldest();
        }
    }

    /// <summary>
    /// USD spent between two timestamps; 0 when <paramref name="toTimestamp"/> is not later. Before the start the first
    /// price holds.
    /// </summary>
    public decimal Spent(long fromTimestamp, long toTimestamp)
    {
        if (toTimestamp <= fromTimestamp)
            return 0;
        lock (_gate)
            return Between(fromTimestamp, toTimestamp).Paid;
    }

    /// <summary>USD spent from the start to <paramref name="now"/>: never falls as time goes on.</summary>
    public decimal TotalSpent(long now) => Spent(StartedAt, now);

    /// <summary>USD spent from the start until this moment.</summary>
    public decimal TotalSpent() => TotalSpent(_time.GetTimestamp());

    /// <summary>The mean price between two timestamps; the present price when there is no time between them.</summary>
    public UsdPerMachineHour MeanPerHour(long fromTimestamp, long toTimestamp) =>
        toTimestamp <= fromTimestamp
            ? Current.PerHour
            : new(Spent(fromTimestamp, toTimestamp) * 3600m * _time.TimestampFrequency / (toTimestamp - fromTimestamp));

    /// <summary>As <see cref="MeanPerHour"/>, of <see cref="Price.PerWorkingHour"/>.</summary>
    public UsdPerMachineHour MeanPerWorkingHour(long fromTimestamp, long toTimestamp)
    {
        if (toTimestamp <= fromTimestamp)
            return Current.PerWorkingHour;
        lock (_gate)
        {
            var worth = Between(fromTimestamp, toTimestamp).Working;
            return new(worth * 3600m * _time.TimestampFrequency / (toTimestamp - fromTimestamp));
        }
    }

    private Rates Between(long from, long to) => Until(to) - Until(from);

    private Rates Until(long at)
    {
        var i = _changes.Count - 1;
        while (i > 0 && _changes[i].At > at)
            i--;
        return _changes[i].SpentUntil(at, _time.TimestampFrequency);
    }

    private void JoinOldest()
    {
        var (first, third) = (_changes[0], _changes[2]);
        var ticks = third.At - first.At;
        if (ticks > 0)
        {
            var mean = (third.Spent - first.Spent).Times(3600m * _time.TimestampFrequency).Over(ticks);
            _changes[0] = first with { PerHour = mean };
        }

        _changes.RemoveAt(1);
    }

    /// <summary>From this timestamp on this price; US dollars before it since the start.</summary>
    private readonly record struct Change(long At, Rates PerHour, Rates Spent)
    {
        // Multiplied first, so that whole hours stay whole cents.
        public Rates SpentUntil(long at, long frequency) => Spent + PerHour.Times(at - At).Over(3600m * frequency);
    }

    /// <summary>The two prices side by side, or the two sums of money that they come to.</summary>
    private readonly record struct Rates(decimal Paid, decimal Working)
    {
        public static Rates Of(Price price) => new(price.UsdPerHour, price.PerWorkingHour.Usd);

        public static Rates operator +(Rates one, Rates other) =>
            new(one.Paid + other.Paid, one.Working + other.Working);

        public static Rates operator -(Rates one, Rates other) =>
            new(one.Paid - other.Paid, one.Working - other.Working);

        public Rates Times(decimal factor) => new(Paid * factor, Working * factor);

        public Rates Over(decimal divisor) => new(Paid / divisor, Working / divisor);
    }
}
