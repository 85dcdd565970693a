using System.Globalization;

namespace InferenceMeter.Pricing.Book;

/// <summary>The fields of one row as text, and the row that they make.</summary>
/// <param name="fields">By name; missing and empty are the same.</param>
/// <param name="file">Name of the file: the source of a row that names none.</param>
/// <param name="today">No price may be younger.</param>
internal sealed class PriceFields(IReadOnlyDictionary<string, string> fields, string file, DateOnly today)
{
    /// <summary>Columns of the file that ships with the program, in order.</summary>
    public static readonly IReadOnlyList<string> Names =
    [
        "cloud",
        "instance",
        "region",
        "purchase",
        "usd",
        "per",
        "vcpus",
        "gpus",
        "gpu",
        "as_of",
        "source",
    ];

    /// <summary>Also those of users' files.</summary>
    public static readonly IReadOnlyList<string> Known = [.. Names, "amount", "currency", "usd_per_unit"];

    /// <summary>Makes the row.</summary>
    /// <param name="error">Why not, and how to mend it; <see langword="null"/> when it is made.</param>
    public PriceRow? Read(out string? error)
    {
        var per = Text("per");
        var gpus = Number("gpus", out var gpusError);
        var vcpus = Number("vcpus", out var vcpusError);
        var purchase = Text("purchase") is { } option ? PurchaseOptions.Parse(option) : PurchaseOption.OnDemand;
        var unit = PriceUnits.Parse(per ?? "hour");
        var date = DateOnly.TryParseExact(
            Text("as_of"),
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            DateTimeStyles.None,
            out var asOf
        );
        var amount = Amount(date ? asOf : today, out var rate, out var amountError);
        error = Problem();
        if (error is not null)
            return null;
        var row = new PriceRow
        {
            Cloud = Text("cloud") ?? "",
            Instance = Text("instance")!,
            Region = Text("region") ?? "",
            Purchase = purchase!.Value,
            Amount = amount,
            Unit = unit!.Value,
            Rate = rate,
            Vcpus = vcpus,
            Gpus = gpus ?? 0,
            Gpu = Text("gpu"),
            AsOf = asOf,
            Source = Text("source") ?? file,
        };
        if (row.PerHour.Usd is > 0 and <= Price.MaxUsdPerHour)
            return row;
        error =
            $"comes to {row.PerHour.Usd:0.######} USD/hour; accepted: above 0 and at most {Price.MaxUsdPerHour:#,0}";
        return null;

        string? Problem()
        {
            if (Text("instance") is null)
                return "has no instance";
            if (purchase is null)
                return $"has purchase '{Text("purchase")}'; accepted: {string.Join(", ", PurchaseOptions.All)}";
            if (unit is null)
                return $"has per '{per}'; accepted: hour, month, gpu_hour, gpu_month";
            if ((amountError ?? gpusError ?? vcpusError ?? GpuError(unit.Value, gpus)) is { } wrong)
                return wrong;
            if (per is null && gpus > 1)
                return $"has {gpus} GPUs and does not say whether its price is for one or for all; add "
                    + "per: hour (the machine) or gpu_hour (one GPU)";
            if (!date)
                return $"has as_of '{Text("as_of")}'; give the day that the price held as 2026-01-31";
            return asOf > today ? $"has as_of {asOf:yyyy-MM-dd}, which is still to come" : null;
        }
    }

    private decimal Amount(DateOnly asOf, out CurrencyRate? rate, out string? error)
    {
        (rate, error) = (null, null);
        var (usd, amount, currency, perUnit) = (Text("usd"), Text("amount"), Text("currency"), Text("usd_per_unit"));
        if (usd is not null && (amount ?? currency ?? perUnit) is not null)
        {
            error = "has usd and amount, currency or usd_per_unit; give the one or the others";
            return 0;
        }

        if (usd is not null)
            return Decimal("usd", usd, out error);
        if (amount is null)
        {
            error = "has no price; give usd, or amount with currency and usd_per_unit";
            return 0;
        }

        if (currency is not { Length: 3 } || !currency.All(char.IsAsciiLetter) || perUnit is null)
        {
            error = "has an amount without a currency of three letters and its usd_per_unit (US dollars for one unit)";
            return 0;
        }

        var known = Decimal("usd_per_unit", perUnit, out error);
        if (error is not null)
            return 0;
        if (known != 1 && currency.Equals(CurrencyRate.Usd, StringComparison.OrdinalIgnoreCase))
        {
            error = $"has currency USD and usd_per_unit {perUnit}; a dollar is one dollar";
            return 0;
        }

        rate = new CurrencyRate(currency.ToUpperInvariant(), known, asOf);
        return Decimal("amount", amount, out error);
    }

    /// <summary>What is said of GPUs must fit together: the price of the machine is made of it.</summary>
    private string? GpuError(PriceUnit unit, int? gpus)
    {
        if (unit.IsPerGpu() && gpus is null or 0)
            return $"has per {Text("per")} and no gpus; say how many GPUs are bought with it";
        return gpus == 0 && Text("gpu") is { } name ? $"has the gpu '{name}' and gpus 0; give their number" : null;
    }

    private static decimal Decimal(string name, string text, out string? error)
    {
        error =
            decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= 1_000_000_000m
                ? null
                : $"has {name} '{text}'; give a number above 0";
        return number;
    }

    private int? Number(string name, out string? error)
    {
        error = null;
        if (Text(name) is not { } text)
            return null;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= 4096)
            return number;
        error = $"has {name} '{text}'; give a whole number";
        return null;
    }

    private string? Text(string name) => fields.TryGetValue(name, out var value) && value.Length > 0 ? value : null;
}
