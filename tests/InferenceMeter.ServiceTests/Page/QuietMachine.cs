using Microsoft.Playwright;

namespace InferenceMeter.ServiceTests.Page;

/// <summary>
/// Makes the page see a quiet machine whatever else this one does: each reading is steady, with a cost that differs
/// from the one before. <c>window.lastReading</c> keeps the last one.
/// </summary>
internal static class QuietMachine
{
    public static Task Prepare(IPage tab) =>
        tab.AddInitScriptAsync(
            """
            const parse = JSON.parse;
            let readings = 0;
            JSON.parse = text => {
                const reading = parse(text);
                if (!reading?.windows) return reading;
                const usd = 12000 + 500 * (++readings % 7);
                reading.state = 'steady';
                reading.windows = ['10s', '1m'].map(window => ({
                    window, wallSeconds: 60, busySeconds: 60, images: 1230,
                    imagesPerSecond: { estimate: 20.5, low: 20.1, high: 21 },
                }));
                reading.costs = ['10s', '1m'].map(window => ({
                    basis: 'wall', scope: 'pipeline', window,
                    usdPerBillionImages: usd, low: usd * 0.98, high: usd * 1.02, usdPerHour: 2.49,
                }));
                window.lastReading = reading;
                return reading;
            };
            """
        );
}
