using InferenceMeter.Documents;
using InferenceMeter.Pricing;

namespace InferenceMeter.Reports;

/// <summary>Numbers as a person writes them: $1,416; $4.12; 15.9 +- 0.2.</summary>
internal static class Figures
{
    /// <summary>
    /// US dollars: whole from 1,000 on, two digits after the point below, two significant ones under 10 cents.
    /// </summary>
    public static string Usd(decimal usd) =>
        usd switch
        {
            >= 1000 => $"${usd:#,0}",
            >= 0.1m => $"${usd:0.00}",
            0 => "$0",
            _ => $"${usd:0.0000##}",
        };

    /// <summary>
    /// A reference: its cost, or the range that its prices give; <c>$22.10 ($23.25 to $53.21 on file)</c> where it has
    /// both.
    /// </summary>
    public static string Reference(Reference reference)
    {
        if (reference.UsdPerBillion is not { } usd)
            return $"{Rate(reference.Rate ?? 0)} images/s, no price";
        if (reference is not { UsdPerBillionLow: { } low, UsdPerBillionHigh: { } high })
            return Usd(usd);
        var range = $"{Usd(low)} to {Usd(high)}";
        return reference.UsdPerHour is null ? range : $"{Usd(usd)} ({range} on file)";
    }

    /// <summary>Images per second: digits to three significant ones.</summary>
    public static string Rate(double imagesPerSecond) =>
        imagesPerSecond switch
        {
            >= 100 => imagesPerSecond.ToString("#,0"),
            >= 10 => imagesPerSecond.ToString("0.0"),
            _ => imagesPerSecond.ToString("0.00"),
        };

    public static string RateWithInterval(IntervalDocument rate) =>
        $"{Rate(rate.Estimate)} +- {Rate(((rate.High ?? rate.Estimate) - rate.Low) / 2)} images/s";

    public static string CostWithInterval(CostDocument cost) =>
        $"{Usd(cost.UsdPerBillionImages)} per billion images ({Usd(cost.Low)} to "
        + $"{(cost.High is { } high ? Usd(high) : "unbounded")})";

    public static string Price(PriceDocument price)
    {
        var parts = new[] { price.Instance, price.Region, price.Purchase }.Where(text => !string.IsNullOrEmpty(text));
        var machine = price.Instance is null ? "" : $" ({string.Join(' ', parts)})";
        return $"${price.UsdPerHour:0.00####}/hour, {price.Source}{machine}, "
            + $"{Dated(price, brief: true)}{(price.Stale ? ", STALE" : "")}";
    }

    /// <summary>
    /// The day of a price, or that of its exchange rate where that is what is old; of an old row of the file, the last
    /// that is known.
    /// </summary>
    public static string Dated(PriceDocument price, bool brief = false)
    {
        if (price.Stale && price.OldestDate < price.AsOf)
            return $"as of {price.AsOf:yyyy-MM-dd} with an exchange rate of {price.OldestDate:yyyy-MM-dd}";
        if (price.Stale && price.Source == PriceSource.Instance)
            return $"last known ({price.AsOf:yyyy-MM-dd})";
        return brief ? $"{price.AsOf:yyyy-MM-dd}" : $"as of {price.AsOf:yyyy-MM-dd}";
    }

    /// <summary>Where the money goes, largest part first.</summary>
    public static string Money(IReadOnlyList<MoneyDocument> money) =>
        string.Join(
            ", ",
            money
                .OrderByDescending(part => part.Share)
                .Where(part => part.Share >= 0.0005)
                .Select(part => $"{part.Stage} {Usd(part.UsdPerBillionImages)} ({part.Share:0.0%})")
        );

    /// <summary>Energy, and its part of the cost where there is a tariff.</summary>
    public static string Energy(EnergyDocument energy) =>
        $"{energy.JoulesPerImage:0.000} J/image, {energy.Watts:0} W ({string.Join('+', energy.Sensors)})"
        + (
            energy.UsdPerBillionImages is { } usd
                ? $"; electricity {Usd(usd)} per "
                    + $"billion{(energy.ShareOfWall is { } share ? $", {share:0.0%} of the cost" : "")}"
                : ""
        );

    /// <summary>
    /// What limits throughput, and what it would be worth to remove that, in lines that fit a terminal.
    /// </summary>
    public static IEnumerable<string> Limit(BottleneckDocument limit)
    {
        yield return $"{limit.Stage} ({limit.BusyShare:0%} busy)"
            + (limit.WithoutIt is { } without ? $"; without it {Rate(without)} images/s{Cost(without)}" : "");
        if (limit.Model is { } model)
            yield return $"model alone: {(limit.ModelFrom == "measured" ? "" : "about ")}{Rate(model)} "
                + $"images/s{Cost(model)}, {limit.ModelFrom}";
    }

    /// <summary>What a GPU says now, and what it did.</summary>
    public static IEnumerable<string> Telemetry(DeviceDocument device)
    {
        yield return $"{device.ImagesOk:#,0} images";
        if (device.PowerWatts is { } watts)
            yield return $"{watts:0} W";
        if (device.UtilizationRatio is { } use)
            yield return $"{use:0%} in use";
        if (device.TemperatureCelsius is { } degrees)
            yield return $"{degrees:0} degrees C";
        if (device.SmClockMegahertz is { } clock)
            yield return $"{clock:0} MHz";
        if (device.MemoryUsedBytes is { } used)
            yield return $"{used / 1e9:0.0} GB";
    }

    /// <summary>What a device said over a run.</summary>
    public static IEnumerable<string> Device(BenchDeviceDocument device)
    {
        if (device.MeanWatts is { } watts)
            yield return $"{watts:0.0} W{(device.Sensor is { } sensor ? $" ({sensor})" : "")}";
        if (device.ImagesPerJoule is { } images)
            yield return $"{images:0.00} images/J";
        if (device.MeanSmClockMegahertz is { } clock)
            yield return $"{clock:0} MHz";
        if (device.MeanUtilizationRatio is { } use)
            yield return $"{use:0%} in use";
        if (device.MaxTemperatureCelsius is { } degrees)
            yield return $"at most {degrees:0} degrees C";
        if (device.ThrottleReasons.Count > 0)
            yield return $"held by {string.Join(", ", device.ThrottleReasons)}";
    }

    private static string Rate(RateDocument rate) => Rate(rate.ImagesPerSecond);

    private static string Cost(RateDocument rate) =>
        rate.UsdPerBillionImages is { } usd ? $" ({Usd(usd)} per billion)" : "";

    /// <summary>A number of things: <c>1 thread</c>, <c>2 threads</c>.</summary>
    public static string Count(int number, string thing) => $"{number:#,0} {thing}{(number == 1 ? "" : "s")}";

    /// <summary>A large number in three digits or so: <c>1.25 million</c>.</summary>
    public static string Compact(double number) =>
        number switch
        {
            >= 999.995e6 => $"{number / 1e9:#,0.##} billion",
            >= 999_999.5 => $"{number / 1e6:0.##} million",
            _ => $"{number:#,0}",
        };

    /// <summary>Bytes: <c>1.25 GB</c>.</summary>
    public static string Bytes(double bytes) =>
        bytes switch
        {
            >= 999.995e9 => $"{bytes / 1e12:#,0.##} TB",
            >= 999.995e6 => $"{bytes / 1e9:0.##} GB",
            >= 999_995 => $"{bytes / 1e6:0.##} MB",
            _ => $"{bytes:#,0} bytes",
        };

    /// <summary>
    /// What reading images took: <c>s3: 64 requests, 7.03 MB; 1 billion requests and 110 TB a
    /// billion</c>.
    /// </summary>
    public static string Fetch(FetchDocument fetch)
    {
        var requests = fetch.ListRequests + fetch.GetRequests;
        var retries = fetch.Retries > 0 ? $" ({fetch.Retries:#,0} of them again)" : "";
        var perBillion = fetch is { RequestsPerBillionImages: { } each, BytesPerBillionImages: { } bytes }
            ? $"; {Compact(each)} requests and {Bytes(bytes)} for a billion images"
            : "";
        return $"{fetch.Source}: {requests:#,0} request{(requests == 1 ? "" : "s")}{retries}, {Bytes(fetch.Bytes)}"
            + perBillion;
    }

    public static string Duration(TimeSpan time) =>
        time switch
        {
            { TotalHours: >= 1 } => $"{(int)time.TotalHours} h {time.Minutes:00} min",
            { TotalMinutes: >= 1 } => $"{time.Minutes} min {time.Seconds:00} s",
            _ => $"{time.TotalSeconds:0.0} s",
        };
}
